#include "daemon/platform/posix/hook_end.hpp"

#include "core/base/error.hpp"

#include <cerrno>
#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

std::string cut_problem(HookCut cut, core::milliseconds timeout) {
    if (cut == HookCut::Cancelled) return "cancelled";
    return "timed out after " + core::format_duration(timeout);
}

std::string_view place(HookFailure::Step step) {
    switch (step) {
        case HookFailure::Step::Group: return "join its control group";
        case HookFailure::Step::Streams: return "prepare its streams";
        case HookFailure::Step::User: return "become its user";
        case HookFailure::Step::Directory: return "enter /";
        case HookFailure::Step::Helper: return "start the program that gives up root's rights";
        case HookFailure::Step::Program: break;
    }
    return {};
}

}  // namespace

core::HookResult hook_end(std::optional<int> wait_status, HookCut cut, core::milliseconds timeout) {
    core::HookResult result;
    if (!wait_status) {
        result.problem = cut == HookCut::None ? "its end was not seen" : cut_problem(cut, timeout);
    } else if (WIFSIGNALED(*wait_status)) {
        const int signal = WTERMSIG(*wait_status);
        const bool ours = cut != HookCut::None && signal == SIGKILL;
        result.signal = signal;
        result.problem = ours ? cut_problem(cut, timeout) : "killed by signal " + std::to_string(signal);
    } else {
        result.exit_code = WEXITSTATUS(*wait_status);
        // A shell that saw its command killed before it was itself tells that as its own end.
        const bool ours = cut != HookCut::None && *result.exit_code == 128 + SIGKILL;
        if (*result.exit_code != 0)
            result.problem =
                ours ? cut_problem(cut, timeout) : "exit code " + std::to_string(*result.exit_code);
    }
    return result;
}

std::string hook_problem(const HookFailure& failure, const std::string& program) {
    const core::Error error = core::os_error(failure.error_number, program);
    if (failure.step != HookFailure::Step::Program) {
        return core::os_error(failure.error_number, program + ": cannot " + std::string(place(failure.step)))
            .message;
    }
    // execve says the same of a script whose first line names what does not exist.
    const bool interpreter = failure.error_number == ENOENT && ::access(program.c_str(), F_OK) == 0;
    return interpreter ? program + ": its interpreter does not exist" : error.message;
}

}  // namespace potd::platform
