#include "daemon/platform/freebsd/hook_start.hpp"

#include "daemon/platform/posix/child_signals.hpp"
#include "daemon/platform/posix/hook_end.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr int failure_position = 3, first_free = 4, not_executed = 127;
constexpr const char* shell = "/bin/sh";

/// Everything the child needs, made before it exists.
struct Child {
    const HookProgram& program;
    char* const* command;
    char* const* shell_command;  ///< for a script whose first line names no interpreter
    char* const* environment;
    int failure;
};

[[noreturn]] void give_up(int descriptor, HookFailure::Step step, int error_number) {
    const HookFailure failure{step, error_number};
    // Without a reader there is nobody to tell.
    static_cast<void>(::write(descriptor, &failure, sizeof failure));
    ::_exit(not_executed);
}

/// First all away from the final positions, so that none is overwritten before it moved.
bool place_streams(const Child& child) {
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null < 0) return false;
    std::array<int, 3> moved{null, child.program.output, child.failure};
    for (int& descriptor : moved) {
        descriptor = ::fcntl(descriptor, F_DUPFD_CLOEXEC, first_free);
        if (descriptor < 0) return false;
    }
    const bool placed = ::dup2(moved[0], STDIN_FILENO) >= 0 && ::dup2(moved[1], STDOUT_FILENO) >= 0 &&
                        ::dup2(moved[1], STDERR_FILENO) >= 0 && ::dup2(moved[2], failure_position) >= 0 &&
                        ::fcntl(failure_position, F_SETFD, FD_CLOEXEC) == 0;
    if (placed) ::closefrom(first_free);
    return placed;
}

bool become_user(const HostUser& user) {
    return ::setgroups(static_cast<int>(user.groups.size()), user.groups.data()) == 0 &&
           ::setresgid(user.gid, user.gid, user.gid) == 0 && ::setresuid(user.uid, user.uid, user.uid) == 0;
}

/// Only system calls: no memory, no locks; for root's hook it is all potd's own memory.
[[noreturn]] void become(const Child& child) {
    using Step = HookFailure::Step;
    default_signals();
    static_cast<void>(::setsid());
    static_cast<void>(::umask(S_IWGRP | S_IWOTH));
    if (!place_streams(child)) give_up(child.failure, Step::Streams, errno);
    if (!become_user(child.program.user)) give_up(failure_position, Step::User, errno);
    if (::chdir("/") != 0) give_up(failure_position, Step::Directory, errno);
    ::execve(child.command[0], child.command, child.environment);
    if (errno == ENOEXEC) ::execve(shell, child.shell_command, child.environment);
    give_up(failure_position, Step::Program, errno);
}

/// execve does not change what it is given.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));  // NOLINT
    result.push_back(nullptr);
    return result;
}

pid_t make_child(const Child& child) {
    const SignalsBlocked blocked;
    const pid_t pid = child.program.user.uid == 0 ? ::vfork() : ::fork();
    if (pid == 0) become(child);
    return pid;
}

}  // namespace

core::Result<StartedHook> start_hook(const HookProgram& program, const std::string& script) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return core::os_error(errno, "pipe");
    UniqueFd failure(ends[0]);
    const UniqueFd theirs(ends[1]);
    const std::vector<std::string> by_path{script};
    const auto command = pointers(script.empty() ? program.command : by_path);
    const auto environment = pointers(program.environment);
    auto shell_command = command;
    shell_command.insert(shell_command.begin(), const_cast<char*>(shell));  // NOLINT
    const Child child{program, command.data(), shell_command.data(), environment.data(), theirs.get()};
    const pid_t pid = make_child(child);
    if (pid < 0) return core::os_error(errno, "fork");
    const auto identity = identify(pid);
    if (!identity) return identity.error();
    auto process = open_process(*identity);
    if (!process) return std::move(process).error();
    return StartedHook{std::move(process).value(), std::move(failure)};
}

}  // namespace potd::platform
