#include "daemon/platform/posix/base_progress.hpp"

#include <algorithm>
#include <utility>

namespace potd::platform {

std::function<void(std::int64_t)> in_hundredths(core::BaseStore::Progress progress, std::int64_t total,
                                                std::string message) {
    if (!progress) return [](std::int64_t) {};
    progress({0, total, "bytes", message});
    return [progress = std::move(progress), total, message = std::move(message),
            said = std::int64_t{0}](std::int64_t done) mutable {
        const std::int64_t now = std::min(done, total);
        if (now - said < std::max<std::int64_t>(total / 100, 1)) return;
        said = now;
        progress({now, total, "bytes", message});
    };
}

}  // namespace potd::platform
