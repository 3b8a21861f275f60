#include "daemon/platform/posix/serial_executor.hpp"

namespace potd::platform {

void SerialExecutor::blocking(std::function<void()> work, std::function<void()> done) {
    waiting_.push_back({std::move(work), std::move(done)});
    if (!working_) begin();
}

void SerialExecutor::begin() {
    working_ = !waiting_.empty();
    if (!working_) return;
    Piece next = std::move(waiting_.front());
    waiting_.pop_front();
    auto over = [this, alive = std::weak_ptr(alive_), done = std::move(next.done)] {
        if (alive.expired()) return;
        // First the next piece: whoever is told may destroy this object.
        begin();
        done();
    };
    executor_.blocking(std::move(next.work), std::move(over));
}

}  // namespace potd::platform
