#include "daemon/platform/freebsd/reaper.hpp"
#include "daemon/platform/posix/child_signals.hpp"
#include "daemon/platform/posix/spawn.hpp"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t most_inherited = 16;

/// Puts each descriptor at its position. First all above the highest position, so that none is
/// overwritten before it moved. The program's goes last and closes itself at exec.
int place_descriptors(const SpawnRequest& request) {
    std::array<int, most_inherited> moved{};
    const auto count = static_cast<int>(request.descriptors.size());
    for (int at = 0; at < count; ++at) {
        int& to = moved.at(static_cast<std::size_t>(at));
        to = ::fcntl(request.descriptors[static_cast<std::size_t>(at)], F_DUPFD_CLOEXEC, count + 1);
        if (to < 0) return -1;
    }
    const int program = ::fcntl(request.program, F_DUPFD_CLOEXEC, count + 1);
    if (program < 0) return -1;
    for (int at = 0; at < count; ++at) {
        if (::dup2(moved.at(static_cast<std::size_t>(at)), at) < 0) return -1;
    }
    if (::dup3(program, count, O_CLOEXEC) < 0) return -1;
    ::closefrom(count + 1);
    return count;
}

/// In the caller's memory until the exec, so it only calls the kernel. `failure`: errno of what failed.
[[noreturn]] void become(const SpawnRequest& request, char* const* argv, volatile int& failure) {
    default_signals();
    const int program = place_descriptors(request);
    if (program >= 0) {
        std::array<char*, 1> environment{nullptr};
        ::fexecve(program, argv, environment.data());
    }
    failure = errno;
    ::_exit(127);
}

int wait_for(pid_t pid, int options, int& status) {
    pid_t found = 0;
    do {
        found = ::waitpid(pid, &status, options);
    } while (found < 0 && errno == EINTR);
    return found;
}

}  // namespace

core::Result<ProcessHandle> spawn(const SpawnRequest& request) {
    std::vector<char*> argv;
    // fexecve does not change what it is given.
    for (const std::string& argument : request.arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    volatile int failure = 0;
    pid_t pid = -1;
    {
        const SignalsBlocked blocked;
        pid = ::vfork();
        if (pid == 0) become(request, argv.data(), failure);
    }
    if (pid < 0) return core::os_error(errno, "vfork");
    if (failure != 0) {
        int status = 0;
        (void)wait_for(pid, 0, status);
        return core::os_error(failure, "start a program");
    }
    const auto identity = identify(pid);
    if (!identity) return identity.error();
    return open_process(identity.value());
}

core::Result<int> reap(const ProcessHandle& process) {
    int status = 0;
    int found = wait_for(process.identity().pid, WNOHANG, status);
    pollfd ended{process.get(), POLLIN, 0};
    // The end is told a moment before the status can be taken.
    if (found == 0 && ::poll(&ended, 1, 0) == 1) found = wait_for(process.identity().pid, 0, status);
    if (found < 0) return core::os_error(errno == ECHILD ? ESRCH : errno, "wait for a child");
    if (found == 0) return core::error(core::ErrorKind::Conflict, "the child still runs");
    // A reaper (potmon) keeps its children until it is reaped itself, and the kernel tells nobody of those
    // that have ended by then (reaper_abandon_children in kern_exit.c).
    reap_orphans();
    return status;
}

}  // namespace potd::platform
