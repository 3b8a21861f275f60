#include "daemon/monitor/linux/hook.hpp"

#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/text.hpp"
#include "daemon/platform/linux/hook_helper.hpp"
#include "daemon/platform/posix/hook_failure.hpp"

#include <cerrno>
#include <cstdint>
#include <optional>

#include <fcntl.h>

namespace potd::monitor {

namespace {

using platform::HookFailure;
namespace hook_argument = platform::hook_argument;

constexpr int not_executed = 127;
constexpr const char* shell = "/bin/sh";

[[noreturn]] void give_up(HookFailure::Step step, long result) {
    const HookFailure failure{step, static_cast<int>(-result)};
    // Without a reader there is nobody to tell.
    raw_call(SYS_write, platform::hook_failure_fd, &failure, sizeof failure);
    for (;;) raw_call(SYS_exit_group, not_executed);
}

/// All ones mean "unchanged" to the kernel, that is root.
std::optional<std::uint32_t> parse_id(const char* text) {
    const auto id = parse_number(text);
    return id == ~std::uint32_t{0} ? std::nullopt : id;
}

/// The supplementary groups are set already. In this order: the right to change groups goes with root.
long become_user(const char* uid_text, const char* gid_text) {
    const auto uid = parse_id(uid_text), gid = parse_id(gid_text);
    if (!uid || !gid) return -EINVAL;
    const long result = raw_call(SYS_setresgid, *gid, *gid, *gid);
    return result < 0 ? result : raw_call(SYS_setresuid, *uid, *uid, *uid);
}

}  // namespace

bool is_hook(const char* const* words, int count) {
    return count > hook_argument::program && words[hook_argument::mode] == platform::hook_mode;
}

void run_hook(char** words, char* const* environment) {
    using Step = HookFailure::Step;
    long result = raw_call(SYS_fcntl, platform::hook_failure_fd, F_SETFD, FD_CLOEXEC);
    if (result < 0) give_up(Step::Streams, result);
    result = become_user(words[hook_argument::uid], words[hook_argument::gid]);
    if (result < 0) give_up(Step::User, result);
    result = raw_call(SYS_chdir, "/");
    if (result < 0) give_up(Step::Directory, result);
    char** const command = words + hook_argument::program;
    result = raw_call(SYS_execve, command[0], command, environment);
    if (result == -ENOEXEC) {
        // A script whose first line names no interpreter; the word before is not needed any more.
        command[-1] = const_cast<char*>(shell);
        result = raw_call(SYS_execve, shell, command - 1, environment);
    }
    give_up(Step::Program, result);
}

}  // namespace potd::monitor
