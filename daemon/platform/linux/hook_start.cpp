#include "daemon/platform/linux/hook_start.hpp"

#include "daemon/platform/linux/child_memory.hpp"
#include "daemon/platform/linux/hook_helper.hpp"
#include "daemon/platform/linux/memory_file.hpp"
#include "daemon/platform/linux/raw_call.hpp"
#include "daemon/platform/posix/child_signals.hpp"
#include "daemon/platform/posix/hook_failure.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <linux/sched.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t stack_size = std::size_t{64} * 1024;
constexpr int helper_position = 5, first_free = 6, helper_not_executed = 127;
constexpr const char* script_path = "/proc/self/fd/4";

/// Everything the child needs, made before it exists.
struct Child {
    const HookProgram& program;
    const HookPlace& place;
    char* const* words;  ///< the helper's argv
    char* const* environment;
    int failure;
    int script;  ///< -1: a program
};

/// Past its descriptors' move the failure's is at its fixed position.
[[noreturn]] void give_up(int descriptor, HookFailure::Step step, long result) {
    const HookFailure failure{step, static_cast<int>(-result)};
    // Without a reader there is nobody to tell.
    (void)raw_call(SYS_write, descriptor, &failure, sizeof failure);
    while (true) (void)raw_call(SYS_exit_group, helper_not_executed);
}

struct HookDescriptor {
    long descriptor;
    int position;
    int flags;
};

/// First all away from the final positions, so that none is overwritten before it moved.
long place_hook_descriptors(const Child& child) {
    std::array<HookDescriptor, 6> all{{{child.place.null, STDIN_FILENO, 0},
                                       {child.program.output, STDOUT_FILENO, 0},
                                       {child.program.output, STDERR_FILENO, 0},
                                       {child.failure, hook_failure_fd, 0},
                                       // Its interpreter opens it by its path, so it stays open in there.
                                       {child.script, hook_script_fd, 0},
                                       {child.place.helper, helper_position, O_CLOEXEC}}};
    for (HookDescriptor& one : all) {
        if (one.descriptor < 0) continue;
        one.descriptor = raw_call(SYS_fcntl, one.descriptor, F_DUPFD_CLOEXEC, first_free);
        if (one.descriptor < 0) return one.descriptor;
    }
    for (const HookDescriptor& one : all) {
        if (one.descriptor < 0) {
            (void)raw_call(SYS_close, one.position);  // may well be free
            continue;
        }
        const long result = raw_call(SYS_dup3, one.descriptor, one.position, one.flags);
        if (result < 0) return result;
    }
    return raw_call(SYS_close_range, first_free, ~0U, 0);
}

/// Raising one's own score is everybody's right; where it fails there is no such file.
void lift_oom_score() {
    const long file = raw_call(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY);
    if (file < 0) return;
    (void)raw_call(SYS_write, file, "0", 1);
    (void)raw_call(SYS_close, file);
}

/// Only system calls: no memory, no locks, it is all potd's own memory. Nothing in here makes it another
/// user's process: that user could stop it, and with it potd. AddressSanitizer would take its stack for an
/// overrun one.
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
    if (const long result = place_hook_descriptors(child); result < 0)
        give_up(child.failure, Step::Streams, result);
    // Not through libc: it would change the groups of potd's own threads.
    const std::vector<gid_t>& groups = child.program.user.groups;
    if (const long result = raw_call(SYS_setgroups, groups.size(), groups.data()); result < 0)
        give_up(hook_failure_fd, Step::User, result);
    const long result =
        raw_call(SYS_execveat, helper_position, "", child.words, child.environment, AT_EMPTY_PATH);
    // Words that are too many are so for the program, too.
    give_up(hook_failure_fd, result == -E2BIG ? Step::Program : Step::Helper, result);
}

std::vector<std::string> helper_words(const HookProgram& program) {
    std::vector<std::string> words{"potmon", std::string(hook_mode), std::to_string(program.user.uid),
                                   std::to_string(program.user.gid)};
    if (program.script.empty())
        words.insert(words.end(), program.command.begin(), program.command.end());
    else
        words.emplace_back(script_path);
    return words;
}

/// execve does not change what it is given.
std::vector<char*> word_pointers(const std::vector<std::string>& texts) {
    std::vector<char*> result;
    result.reserve(texts.size() + 1);
    for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
    result.push_back(nullptr);
    return result;
}

core::Result<UniqueFd> script_file(const std::string& script) {
    if (script.empty()) return UniqueFd();
    return sealed_memory_file("hook", script);
}

core::Result<ProcessHandle> clone_child(Child& child) {
    // Not for ever: potd may be idle for days. Aligned as new does it, to 16.
    const auto stack = std::make_unique_for_overwrite<std::byte[]>(stack_size);
    int process = -1;
    clone_args arguments{};
    arguments.flags = CLONE_PIDFD | CLONE_VFORK | static_cast<std::uint64_t>(child_memory());
    arguments.exit_signal = SIGCHLD;
    arguments.pidfd = reinterpret_cast<std::uintptr_t>(&process);
    arguments.stack = reinterpret_cast<std::uintptr_t>(stack.get());
    arguments.stack_size = stack_size;
    if (child.place.unified) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<std::uint64_t>(child.place.group);
    }
    const SignalsBlocked blocked;
    const long pid = clone_into(&arguments, sizeof arguments, &become, &child);
    if (pid < 0) return core::os_error(static_cast<int>(-pid), "clone3");
    return ProcessHandle({static_cast<std::int32_t>(pid), 0}, UniqueFd(process));
}

}  // namespace

core::Result<StartedHook> start_hook(const HookProgram& program, const HookPlace& place) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0) return core::os_error(errno, "pipe");
    UniqueFd failure(ends[0]);
    const UniqueFd theirs(ends[1]);
    const auto script = script_file(program.script);
    if (!script) return script.error();
    const auto words = helper_words(program);
    const auto argv = word_pointers(words), environment = word_pointers(program.environment);
    Child child{program, place, argv.data(), environment.data(), theirs.get(), script->get()};
    auto process = clone_child(child);
    if (!process) return std::move(process).error();
    return StartedHook{std::move(process).value(), std::move(failure)};
}

}  // namespace potd::platform
