#include "daemon/platform/posix/base_program_start.hpp"

#include <csignal>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// The child of a process with threads: from here to exec only system calls, no memory, no locks.
[[noreturn]] void become(char* const* command, char* const* environment, int output, bool apart) {
    for (int number = 1; number < NSIG; ++number) static_cast<void>(::signal(number, SIG_DFL));
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setsid();
    ::umask(S_IWGRP | S_IWOTH);
    const int input = ::open("/dev/null", O_RDONLY);
    const bool streams = input >= 0 && ::dup2(input, STDIN_FILENO) >= 0 &&
                         ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0;
    const bool mounts = !apart || ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
    ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0U);
    if (streams && mounts && ::chdir("/") == 0) ::execve(command[0], command, environment);
    ::_exit(not_executed);
}

}  // namespace

/// As root it has its own mount and process namespaces.
pid_t start_program(char* const* command, char* const* environment, int output) {
    const bool apart = ::geteuid() == 0;
    const unsigned long flags = SIGCHLD | (apart ? CLONE_NEWNS | CLONE_NEWPID : 0);
    const auto child = static_cast<pid_t>(::syscall(SYS_clone, flags, nullptr, nullptr, nullptr, nullptr));
    if (child == 0) become(command, environment, output, apart);
    return child;
}

UniqueFd watch_child(pid_t child) {
    return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
}

}  // namespace potd::platform
