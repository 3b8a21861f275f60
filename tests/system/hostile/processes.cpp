// Attempts on processes that are not the pot's.
#include "tests/system/hostile/attempt.hpp"

#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include <dirent.h>
#include <sched.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::hostile {
namespace {

pid_t pid_of(const char* word) {
    return static_cast<pid_t>(number_of(word));
}

/// PID
int trace(const Words& words) {
    const pid_t pid = pid_of(words[0]);
    if (::ptrace(PTRACE_ATTACH, pid, nullptr, nullptr) != 0) return errno;
    ::waitpid(pid, nullptr, 0);
    return outcome_of(::ptrace(PTRACE_DETACH, pid, nullptr, nullptr));
}

/// PID: signal 0, which only asks.
int kill_process(const Words& words) {
    return outcome_of(::kill(pid_of(words[0]), 0));
}

/// PID: only a look at its first bytes that fails at the address, not at the right.
int read_memory(const Words& words) {
    char byte = 0;
    const iovec here{&byte, 1};
    const iovec there{nullptr, 1};
    return outcome_of(::process_vm_readv(pid_of(words[0]), &here, 1, &there, 1, 0));
}

int open_process(const Words& words) {
    return outcome_of(::syscall(SYS_pidfd_open, pid_of(words[0]), 0));
}

/// PID: its mounts, by a descriptor of the process.
int join_process(const Words& words) {
    const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid_of(words[0]), 0));
    return fd < 0 ? errno : outcome_of(::setns(fd, CLONE_NEWNS));
}

/// NAME: of a socket that is in no directory.
int connect_abstract(const Words& words) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    static_cast<void>(std::snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s", words[0]));
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + std::strlen(words[0]));
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int error = outcome_of(::connect(fd, reinterpret_cast<const sockaddr*>(&address), size));
    ::close(fd);
    return error;
}

/// Everything this pot can reach gets SIGCONT.
int signal_everybody(const Words& /*words*/) {
    return outcome_of(::kill(-1, SIGCONT));
}

volatile std::sig_atomic_t told = 0;

/// Stops everybody else, also who comes in, until it was told something thrice.
int stop_everybody(const Words& /*words*/) {
    std::signal(SIGUSR2, [](int) { told = told + 1; });
    static_cast<void>(std::printf("# stops\n"));
    static_cast<void>(std::fflush(stdout));
    while (told < 3) ::kill(-1, SIGSTOP);
    return 0;
}

int wait_for_signal(const Words& /*words*/) {
    return outcome_of(::pause());
}

/// Not an attempt but a count: prints how many processes can be seen.
int see_processes(const Words& /*words*/) {
    DIR* directory = ::opendir("/proc");
    if (directory == nullptr) return errno;
    int count = 0;
    while (const dirent* entry = ::readdir(directory)) {  // NOLINT(concurrency-mt-unsafe)
        if (std::isdigit(static_cast<unsigned char>(entry->d_name[0])) != 0) ++count;
    }
    ::closedir(directory);
    std::printf("# %d\n", count);
    return 0;
}

/// A child of our own, to show that the call as such is possible.
int trace_child(const Words& /*words*/) {
    const pid_t pid = ::fork();
    if (pid < 0) return errno;
    if (pid == 0) {
        ::pause();
        ::_exit(0);
    }
    char text[16];
    static_cast<void>(std::snprintf(text, sizeof text, "%d", pid));
    const int error = trace({text});
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return error;
}

}  // namespace

const std::vector<Attempt> process_attempts{
    {"ptrace", 1, trace},
    {"kill", 1, kill_process},
    {"read-memory", 1, read_memory},
    {"pidfd", 1, open_process},
    {"setns-process", 1, join_process},
    {"abstract", 1, connect_abstract},
    {"signal-all", 0, signal_everybody},
    {"stop-everybody", 0, stop_everybody},
    {"wait", 0, wait_for_signal},
    {"see", 0, see_processes},
    {"ptrace-child", 0, trace_child},
};

}  // namespace potd::hostile
