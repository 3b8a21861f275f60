#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace potd::platform {

/// What a service manager tells its service (sd_notify(3)); each empty if it is not set.
struct NotifyEnvironment {
    std::string socket;         ///< NOTIFY_SOCKET: absolute path, or @name of the abstract namespace
    std::string watchdog_usec;  ///< WATCHDOG_USEC
    std::string watchdog_pid;   ///< WATCHDOG_PID
};

/// Reads the three variables and removes them, so that no child takes itself for the service.
/// Only before the first thread is started.
[[nodiscard]] NotifyEnvironment take_notify_environment();

/// Tells the service manager how potd is. Without a manager every call does nothing and succeeds; an
/// error says that the manager was not reached and is for the log. One thread.
class ServiceNotify {
  public:
    /// InvalidArgument for an address or a watchdog time that makes no sense.
    [[nodiscard]] static core::Result<ServiceNotify> open(const NotifyEnvironment& environment);

    [[nodiscard]] core::Status ready(std::string_view status);
    /// Begins a reload; `ready` ends it.
    [[nodiscard]] core::Status reloading();
    [[nodiscard]] core::Status stopping(std::string_view status);
    [[nodiscard]] core::Status status(std::string_view status);
    [[nodiscard]] core::Status alive();

    /// How often to call `alive`: half the manager's patience. Unset: no watchdog is asked for.
    [[nodiscard]] std::optional<core::milliseconds> watchdog_interval() const { return watchdog_interval_; }
    [[nodiscard]] bool has_manager() const { return static_cast<bool>(socket_); }

  private:
    ServiceNotify(UniqueFd socket, std::string address, std::optional<core::milliseconds> watchdog)
        : socket_(std::move(socket)), address_(std::move(address)), watchdog_interval_(watchdog) {}

    [[nodiscard]] core::Status send(const std::string& message);

    UniqueFd socket_;
    std::string address_;  // sun_path as the kernel wants it, for abstract names with the leading NUL
    std::optional<core::milliseconds> watchdog_interval_;
};

}  // namespace potd::platform
