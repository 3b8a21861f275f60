#include "daemon/platform/posix/pooled_process_lister.hpp"

namespace potd::platform {

void PooledProcessLister::list(const core::RunKey& key, core::Reply<std::vector<core::ProcessRow>> reply) {
    const auto [waiting, is_first] = waiting_.try_emplace(key);
    waiting->second.push_back(std::move(reply));
    if (is_first) order_.push_back(key);
    if (!reading_) begin();
}

void PooledProcessLister::begin() {
    reading_ = !order_.empty();
    if (!reading_) return;
    // From here on who asks for this run is not told what was read before he asked.
    auto next = waiting_.extract(order_.front());
    order_.pop_front();
    const auto rows =
        std::make_shared<core::Result<std::vector<core::ProcessRow>>>(std::vector<core::ProcessRow>());
    executor_.blocking([read = read_, key = next.key(), rows] { *rows = (*read)(key); },
                       [this, alive = std::weak_ptr(alive_), replies = std::move(next.mapped()), rows] {
                           if (alive.expired()) return;
                           begin();
                           for (const auto& reply : replies) reply(*rows);
                       });
}

}  // namespace potd::platform
