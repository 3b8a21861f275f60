#include "daemon/platform/posix/process_identity.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

#include <sys/param.h>
// after sys/param.h
#include <sys/event.h>
#include <sys/sysctl.h>
#include <sys/time.h>
#include <sys/user.h>

namespace potd::platform {
namespace {

std::uint64_t microseconds(const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(time.tv_usec);
}

core::Result<std::uint64_t> boot_time() {
    std::array<int, 2> name{CTL_KERN, KERN_BOOTTIME};
    timeval boot{};
    std::size_t size = sizeof boot;
    if (::sysctl(name.data(), name.size(), &boot, &size, nullptr, 0) != 0)
        return core::os_error(errno, "kern.boottime");
    return microseconds(boot);
}

core::Error gone(std::int32_t pid) {
    return core::error(core::ErrorKind::NotFound, "process " + std::to_string(pid) + " is gone");
}

}  // namespace

/// The kernel tells the start by the wall clock, which may be set; less the boot's time it stays what it was.
core::Result<core::ProcessIdentity> identify(std::int32_t pid) {
    std::array<int, 4> name{CTL_KERN, KERN_PROC, KERN_PROC_PID, pid};
    for (;;) {
        const auto before = boot_time();
        if (!before) return before.error();
        kinfo_proc about{};
        std::size_t size = sizeof about;
        if (pid <= 0 || ::sysctl(name.data(), name.size(), &about, &size, nullptr, 0) != 0 ||
            size != sizeof about)
            return gone(pid);
        const auto after = boot_time();
        if (!after) return after.error();
        if (before.value() == after.value())
            return core::ProcessIdentity{pid, microseconds(about.ki_start) - before.value()};
    }
}

bool is_alive(const core::ProcessIdentity& identity) {
    if (identity.pid <= 0) return false;
    const auto now = identify(identity.pid);
    return now && now.value() == identity;
}

core::Result<ProcessHandle> open_process(const core::ProcessIdentity& identity) {
    if (identity.pid <= 0) return core::error(core::ErrorKind::NotFound, "no such process");
    UniqueFd queue(::kqueue());
    if (!queue) return core::os_error(errno, "kqueue");
    struct kevent end {};
    EV_SET(&end, static_cast<uintptr_t>(identity.pid), EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, nullptr);
    const bool watched = ::kevent(queue.get(), &end, 1, nullptr, 0, nullptr) == 0;
    // Checked after that: what is watched cannot become another process any more. A child of ours that has
    // ended and waits for us is told at once.
    if (!watched || !is_alive(identity)) return gone(identity.pid);
    return ProcessHandle(identity, std::move(queue));
}

core::Status signal_process(const ProcessHandle& process, int signal_number) {
    if (!is_alive(process.identity())) return gone(process.identity().pid);
    if (::kill(process.identity().pid, signal_number) == 0) return {};
    return core::os_error(errno, "signal " + std::to_string(signal_number));
}

}  // namespace potd::platform
