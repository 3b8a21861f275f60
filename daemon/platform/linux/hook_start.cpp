#include "daemon/platform/linux/hook_start.hpp"

#include "daemon/platform/linux/child_memory.hpp"
#include "daemon/platform/linux/memory_file.hpp"
#include "daemon/platform/linux/raw_call.hpp"
#include "daemon/platform/posix/child_signals.hpp"
#include "daemon/platform/posix/hook_end.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t stack_size = std::size_t{64} * 1024;
constexpr int failure_position = 3, script_position = 4, first_free = 5, not_executed = 127;
constexpr const char* script_path = "/proc/self/fd/4";
constexpr const char* shell = "/bin/sh";

/// Everything the child needs, made before it exists.
struct Child {
    const HookProgram& program;
    const HookPlace& place;
    char* const* command;
    char* const* shell_command;  ///< for a script whose first line names no interpreter
    char* const* environment;
    int failure;
    int script;  ///< -1: a program
};

/// Past its descriptors' move the failure's is at its fixed position.
[[noreturn]] void give_up(int descriptor, HookFailure::Step step, long result) {
    const HookFailure failure{step, static_cast<int>(-result)};
    // Without a reader there is nobody to tell.
    (void)raw_call(SYS_write, descriptor, &failure, sizeof failure);
    while (true) (void)raw_call(SYS_exit_group, not_executed);
}

/// First all away from the final positions, so that none is overwritten before it moved.
long place_streams(const Child& child) {
    std::array<long, 4> moved{child.place.null, child.program.output, child.failure, child.script};
    for (long& descriptor : moved) {
        if (descriptor < 0) continue;  // no script
        descriptor = raw_call(SYS_fcntl, descriptor, F_DUPFD_CLOEXEC, first_free);
        if (descriptor < 0) return descriptor;
    }
    const std::array<std::array<long, 3>, 4> moves{{{moved[0], STDIN_FILENO, 0},
                                                    {moved[1], STDOUT_FILENO, 0},
                                                    {moved[1], STDERR_FILENO, 0},
                                                    {moved[2], failure_position, O_CLOEXEC}}};
    for (const auto& [from, to, flags] : moves) {
        if (const long result = raw_call(SYS_dup3, from, to, flags); result < 0) return result;
    }
    if (child.script < 0) return raw_call(SYS_close_range, script_position, ~0U, 0);
    // Its interpreter opens it by its path, so it stays open in there.
    if (const long result = raw_call(SYS_dup3, moved[3], script_position, 0); result < 0) return result;
    return raw_call(SYS_close_range, first_free, ~0U, 0);
}

/// Not through libc: it would change the ids of potd's own threads.
long become_user(const HostUser& user) {
    long result = raw_call(SYS_setgroups, user.groups.size(), user.groups.data());
    if (result >= 0) result = raw_call(SYS_setresgid, user.gid, user.gid, user.gid);
    if (result >= 0) result = raw_call(SYS_setresuid, user.uid, user.uid, user.uid);
    return result;
}

/// Raising one's own score is everybody's right; where it fails there is no such file.
void lift_oom_score() {
    const long file = raw_call(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY);
    if (file < 0) return;
    (void)raw_call(SYS_write, file, "0", 1);
    (void)raw_call(SYS_close, file);
}

/// Only system calls: no memory, no locks, and for root's hook it is all potd's own memory.
/// AddressSanitizer would take its stack for an overrun one.
[[noreturn]] __attribute__((no_sanitize("address"))) void become(void* argument) {
    const Child& child = *static_cast<Child*>(argument);
    using Step = HookFailure::Step;
    if (!child.place.unified) {
        const long joined = raw_call(SYS_write, child.place.group, "0", 1);
        if (joined < 0) give_up(child.failure, Step::Group, joined);
    }
    default_signals();
    (void)raw_call(SYS_setsid);
    (void)raw_call(SYS_umask, S_IWGRP | S_IWOTH);
    if (child.place.lift_oom_score) lift_oom_score();
    if (const long result = place_streams(child); result < 0) give_up(child.failure, Step::Streams, result);
    if (const long result = become_user(child.program.user); result < 0)
        give_up(failure_position, Step::User, result);
    if (const long result = raw_call(SYS_chdir, "/"); result < 0)
        give_up(failure_position, Step::Directory, result);
    long result = raw_call(SYS_execve, child.command[0], child.command, child.environment);
    if (result == -ENOEXEC) result = raw_call(SYS_execve, shell, child.shell_command, child.environment);
    give_up(failure_position, Step::Program, result);
}

/// execve does not change what it is given.
std::vector<char*> pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 2);
    for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

core::Result<UniqueFd> script_file(const std::string& script) {
    if (script.empty()) return UniqueFd();
    return sealed_memory_file("hook", script);
}

core::Result<UniqueFd> clone_child(Child& child) {
    // Not for ever: potd may be idle for days. Aligned as new does it, to 16.
    const auto stack = std::make_unique_for_overwrite<std::byte[]>(stack_size);
    int process = -1;
    clone_args arguments{};
    arguments.flags = CLONE_PIDFD;
    arguments.exit_signal = SIGCHLD;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&process);
    arguments.stack = reinterpret_cast<std::uintptr_t>(stack.get());
    arguments.stack_size = stack_size;
    if (child.program.user.uid == 0)
        arguments.flags |= CLONE_VFORK | static_cast<std::uint64_t>(child_memory());
    if (child.place.unified) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<std::uint64_t>(child.place.group);
    }
    const SignalsBlocked blocked;
    const long pid = clone_into(&arguments, sizeof arguments, &become, &child);
    if (pid < 0) return core::os_error(static_cast<int>(-pid), "clone3");
    return UniqueFd(process);
}

}  // namespace

core::Result<StartedHook> start_hook(const HookProgram& program, const HookPlace& place) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return core::os_error(errno, "pipe");
    UniqueFd failure(ends[0]);
    const UniqueFd theirs(ends[1]);
    const auto script = script_file(program.script);
    if (!script) return script.error();
    const std::vector<std::string> by_path{script_path};
    const auto command = pointers(*script ? by_path : program.command),
               environment = pointers(program.environment);
    auto shell_command = command;
    shell_command.insert(shell_command.begin(), const_cast<char*>(shell));
    Child child{program,      place,        command.data(), shell_command.data(), environment.data(),
                theirs.get(), script->get()};
    auto process = clone_child(child);
    if (!process) return std::move(process).error();
    return StartedHook{std::move(process).value(), std::move(failure)};
}

}  // namespace potd::platform
