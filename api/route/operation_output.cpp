#include "api/route/operation_output.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace potd::api {

struct OperationOutput::State {
    core::OperationOutputs& outputs;
    std::string id;
    bool follow = false;
    bool ended = false;
    std::uint64_t position = 0;
    core::OperationOutputs::WatchId watch = 0;
    Ready waiting = {};

    /// What is there now; where that is nothing, the end or nothing yet.
    void deliver(Ready ready) {
        std::string text = outputs.read(id, position);
        if (!text.empty()) return ready(std::optional<std::string>(std::move(text)));
        if (!follow || ended) return ready(std::optional<std::string>());
        waiting = std::move(ready);
    }

    /// The last thing its caller does: the source may be gone then.
    void wake() {
        if (Ready ready = std::exchange(waiting, nullptr)) deliver(std::move(ready));
    }
};

OperationOutput::OperationOutput(core::OperationService& operations, core::OperationOutputs& outputs,
                                 const std::string& id, bool follow)
    : operations_(operations), state_(std::make_shared<State>(State{outputs, id, follow})) {
    if (!follow) return;
    wait_ =
        operations_.wait(id, [weak = std::weak_ptr(state_)](const core::Result<core::Operation>& /*ended*/) {
            const auto state = weak.lock();
            if (!state) return;
            state->ended = true;
            state->wake();
        });
}

OperationOutput::~OperationOutput() {
    operations_.cancel_wait(wait_);
    state_->waiting = nullptr;
    state_->outputs.unwatch(state_->watch);
}

void OperationOutput::next(Ready ready) {
    state_->deliver(std::move(ready));
    if (!state_->waiting) return;
    state_->watch = state_->outputs.watch(state_->id, [weak = std::weak_ptr(state_)] {
        if (const auto state = weak.lock()) state->wake();
    });
}

bool OperationOutput::endless() const {
    return state_->follow;
}

}  // namespace potd::api
