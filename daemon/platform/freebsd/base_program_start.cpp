#include "daemon/platform/posix/base_program_start.hpp"

#include <csignal>

#include <fcntl.h>
#include <sys/procctl.h>
#include <sys/stat.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/event.h>
#include <unistd.h>

namespace potd::platform {
namespace {

/// The child of a process with threads: from here to exec only system calls, no memory, no locks.
[[noreturn]] void become(char* const* command, char* const* environment, int output) {
    for (int number = 1; number < NSIG; ++number) static_cast<void>(::signal(number, SIG_DFL));
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    int on_death = SIGKILL;
    ::procctl(P_PID, 0, PROC_PDEATHSIG_CTL, &on_death);
    ::setsid();
    ::umask(S_IWGRP | S_IWOTH);
    const int input = ::open("/dev/null", O_RDONLY);
    const bool streams = input >= 0 && ::dup2(input, STDIN_FILENO) >= 0 &&
                         ::dup2(output, STDOUT_FILENO) >= 0 && ::dup2(output, STDERR_FILENO) >= 0;
    ::closefrom(STDERR_FILENO + 1);
    if (streams && ::chdir("/") == 0) ::execve(command[0], command, environment);
    ::_exit(not_executed);
}

}  // namespace

/// Its session is killed as a process group; a program that leaves it (none of those used here does) lives
/// on.
pid_t start_program(char* const* command, char* const* environment, int output) {
    const pid_t child = ::fork();
    if (child == 0) become(command, environment, output);
    return child;
}

UniqueFd watch_child(pid_t child) {
    UniqueFd queue(::kqueue());
    if (!queue || ::fcntl(queue.get(), F_SETFD, FD_CLOEXEC) != 0) return {};
    struct kevent change {};
    EV_SET(&change, static_cast<std::uintptr_t>(child), EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, 0,
           nullptr);
    // A zombie can be watched, too: the event is there at once.
    if (::kevent(queue.get(), &change, 1, nullptr, 0, nullptr) != 0) return {};
    return queue;
}

}  // namespace potd::platform
