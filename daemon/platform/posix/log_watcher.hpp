#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace potd::platform {

/// Tells when something in a directory of logs changes. Loop thread; per system (inotify, kqueue).
class LogWatcher {
  public:
    using Ticket = std::uint64_t;
    virtual ~LogWatcher() = default;
    /// Calls `changed` once, on the loop thread, never inside this call, after a file in `directory` was
    /// written to, made, renamed or deleted. Changes from this call on count, so a caller that looks
    /// again after it misses none. Returns a ticket for `cancel`, never 0. NotFound without the directory.
    [[nodiscard]] virtual core::Result<Ticket> wait(const std::string& directory,
                                                    std::function<void()> changed) = 0;
    /// After this `changed` is not called. Unknown or used tickets are ignored.
    virtual void cancel(Ticket ticket) = 0;
};

}  // namespace potd::platform
