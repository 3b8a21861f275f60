#include "daemon/platform/posix/waiting.hpp"

#include <algorithm>
#include <utility>

namespace potd::platform {
namespace {

constexpr core::milliseconds first_pause{1}, longest_pause{50};

class ConditionWait final : public Waiting {
  public:
    ConditionWait(Loop loop, Awaited awaited, core::Reply<void> reply)
        : loop_(loop),
          awaited_(std::move(awaited)),
          reply_(std::move(reply)),
          deadline_(loop.clock.steady().plus(awaited_.limit)) {
        if (awaited_.changes) await_change();
        arm(core::milliseconds{0});
    }
    ConditionWait(const ConditionWait&) = delete;
    ConditionWait& operator=(const ConditionWait&) = delete;
    ~ConditionWait() override { stop(); }

  private:
    void await_change() {
        loop_.reactor.wait(awaited_.changes.get(), core::Reactor::Interest::Read, [this] {
            awaited_.take_changes(awaited_.changes.get());
            await_change();
            look();
        });
    }

    void arm(core::milliseconds delay) {
        timer_ = loop_.timers.arm(std::min(deadline_, loop_.clock.steady().plus(delay)), [this] {
            timer_ = 0;
            look();
        });
    }

    void look() {
        if (awaited_.condition()) return finish({});
        if (loop_.clock.steady() >= deadline_) {
            return finish(core::error(core::ErrorKind::Timeout, awaited_.too_late));
        }
        if (timer_ != 0) return;
        // What tells of its changes needs the timer for the deadline only.
        arm(awaited_.changes ? core::milliseconds{deadline_.ms} : pause_);
        pause_ = std::min(pause_ * 2, longest_pause);
    }

    void finish(core::Status status) {
        stop();
        // The reply may destroy us.
        const core::Reply<void> reply = std::move(reply_);
        reply(std::move(status));
    }

    void stop() {
        if (timer_ != 0) loop_.timers.cancel(timer_);
        timer_ = 0;
        if (awaited_.changes) loop_.reactor.forget(awaited_.changes.get());
        awaited_.changes.reset();
    }

    Loop loop_;
    Awaited awaited_;
    core::Reply<void> reply_;
    core::SteadyTime deadline_;
    core::milliseconds pause_ = first_pause;
    core::Timers::Id timer_ = 0;
};

}  // namespace

std::unique_ptr<Waiting> wait_until(Loop loop, Awaited awaited, core::Reply<void> reply) {
    return std::make_unique<ConditionWait>(loop, std::move(awaited), std::move(reply));
}

}  // namespace potd::platform
