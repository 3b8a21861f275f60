#include "daemon/platform/posix/process_identity.hpp"

#include "daemon/platform/linux/process_stat.hpp"

#include <cerrno>

#include <sys/syscall.h>

namespace potd::platform {

core::Result<core::ProcessIdentity> identify(std::int32_t pid) {
    const auto stat = read_process_stat(pid);
    if (!stat) return stat.error();
    return core::ProcessIdentity{pid, stat.value().start_time};
}

bool is_alive(const core::ProcessIdentity& identity) {
    if (identity.pid <= 0) return false;
    const auto now = identify(identity.pid);
    return now && now.value() == identity;
}

core::Result<ProcessHandle> open_process(const core::ProcessIdentity& identity) {
    if (identity.pid <= 0) return core::error(core::ErrorKind::NotFound, "no such process");
    UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, identity.pid, 0)));
    if (!fd) return core::os_error(errno, "pidfd_open " + std::to_string(identity.pid));
    // Checked after the open: the descriptor cannot change its process any more.
    if (!is_alive(identity)) {
        return core::error(core::ErrorKind::NotFound, "process " + std::to_string(identity.pid) + " is gone");
    }
    return ProcessHandle(identity, std::move(fd));
}

core::Status signal_process(const ProcessHandle& process, int signal_number) {
    if (::syscall(SYS_pidfd_send_signal, process.get(), signal_number, nullptr, 0) == 0) return {};
    return core::os_error(errno, "signal " + std::to_string(signal_number));
}

}  // namespace potd::platform
