#include "daemon/monitor/linux/command.hpp"

#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/linux/restrict.hpp"
#include "daemon/monitor/linux/user_namespace.hpp"
#include "daemon/monitor/sys.hpp"

#include <cerrno>

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/ioctl.h>

namespace potd::monitor {

namespace {

/// Used by the command between clone and exec only; one command starts at a time.
alignas(16) char command_stack[48 * 1024];

struct Start {
    const CommandOrder* order;
    Fault* fault;
};

bool set_standard(const CommandOrder& order, Fault& fault) {
    if (raw_call(SYS_setsid) < 0) return fail(fault, Stage::Terminal, -EPERM, "start a new process group");
    if (order.terminal) {
        const long result = raw_call(SYS_ioctl, order.standard[0], TIOCSCTTY, 0);
        if (result < 0) return fail(fault, Stage::Terminal, result, "take the terminal");
    }
    for (int i = 0; i < 3; ++i) {
        const long result = raw_call(SYS_dup3, order.standard[i], i, 0);
        if (result < 0) return fail(fault, Stage::Internal, result, "set up standard streams");
    }
    return true;
}

bool exists(const char* path) {
    return raw_call(SYS_faccessat, AT_FDCWD, path, 0) == 0;
}

bool report(Fault& fault, std::string_view command, long result) {
    if (result == -ENOENT || result == -ENOTDIR) {
        fail(fault, Stage::Command, 0, "command", command);
        fault.text.add(": not found in the pot");
        fault.error_number = ENOENT;
        return false;
    }
    fail(fault, Stage::Command, result, "command", command);
    return false;
}

/// Returns only if nothing along the path could be executed.
bool execute(const CommandOrder& order, Fault& fault) {
    const std::string_view command = order.argv->front();
    std::string_view path = order.env->value_of("PATH");
    if (path.data() == nullptr) path = default_path;
    FixedText<4096> candidate;
    bool first = true;
    long reason = -ENOENT;
    while (next_candidate(command, path, first, candidate)) {
        const long result = raw_call(SYS_execve, candidate.c_str(), order.argv->data(), order.env->data());
        if (result == -ENOENT && exists(candidate.c_str())) {
            fail(fault, Stage::Command, 0, "command", candidate.view());
            fault.text.add(": its interpreter is not in the pot");
            fault.error_number = ENOENT;
            return false;
        }
        if (result != -ENOENT && result != -ENOTDIR) reason = result;
        if (reason != -ENOENT && reason != -EACCES) break;
    }
    return report(fault, command, reason);
}

bool prepare(const CommandOrder& order, Fault& fault) {
    if (!set_standard(order, fault) || !set_rlimits(*order.plan, fault)) return false;
    if (!enter_user_namespace(order.user_namespace, fault)) return false;
    raw_call(SYS_close_range, 3, ~0U, 0);
    if (!restrict_command(order.plan->security, *order.who, fault)) return false;
    const long result = raw_call(SYS_chdir, order.workdir);
    if (result < 0) return fail(fault, Stage::Workdir, result, "working directory", order.workdir);
    return true;
}

void run_command(void* argument) {
    const auto& start = *static_cast<Start*>(argument);
    if (prepare(*start.order, *start.fault)) {
        const std::uint64_t none = 0;
        raw_call(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, sizeof none);
        (void)execute(*start.order, *start.fault);
    }
    for (;;) raw_call(SYS_exit, 127);
}

bool names(std::string_view assignment, std::string_view name) {
    return assignment.size() > name.size() && assignment[name.size()] == '=' &&
           std::string_view(assignment.data(), name.size()) == name;
}

}  // namespace

bool Strings::add(std::string_view text) {
    if (count_ + 1 >= room_.size()) return false;
    room_[count_++] = text.data();
    room_[count_] = nullptr;
    return true;
}

bool Strings::add_all(const core::monitor_link::StringList& list) {
    for (const std::string_view text : list) {
        if (!add(text)) return false;
    }
    return true;
}

bool Strings::add_variable(std::string_view assignment) {
    std::size_t size = 0;
    while (size < assignment.size() && assignment[size] != '=') ++size;
    if (size == assignment.size()) return true;
    return value_of({assignment.data(), size}).data() != nullptr || add(assignment);
}

bool Strings::add_variables(const core::monitor_link::StringList& list) {
    for (const std::string_view assignment : list) {
        if (!add_variable(assignment)) return false;
    }
    return true;
}

std::string_view Strings::value_of(std::string_view name) const {
    for (std::size_t i = 0; i < count_; ++i) {
        const std::string_view assignment = room_[i];
        if (names(assignment, name))
            return {assignment.data() + name.size() + 1, assignment.size() - name.size() - 1};
    }
    return {};
}

bool next_candidate(std::string_view command, std::string_view& path, bool& first,
                    FixedText<4096>& candidate) {
    const bool has_slash = command.find('/') != command.npos;
    if (has_slash || command.empty()) {
        candidate.clear();
        candidate.add(command);
        const bool one = first && !command.empty();
        first = false;
        return one;
    }
    if (path.empty() && !first) return false;
    first = false;
    std::size_t size = 0;
    while (size < path.size() && path[size] != ':') ++size;
    candidate.clear();
    candidate.add(size == 0 ? std::string_view(".") : std::string_view(path.data(), size));
    candidate.add("/").add(command);
    path = tail(path, size + 1);
    return true;
}

bool start_command(const CommandOrder& order, CommandProcess& process, Fault& fault) {
    fault.text.clear();
    Start start{&order, &fault};
    clone_args arguments{};
    arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | order.clone_flags;
    arguments.pidfd = reinterpret_cast<std::uint64_t>(&process.pidfd);
    arguments.exit_signal = (order.clone_flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
    arguments.stack = reinterpret_cast<std::uint64_t>(command_stack);
    arguments.stack_size = sizeof command_stack;
    process.pid = clone_into(&arguments, sizeof arguments, run_command, &start);
    const bool started = process.pid > 0 && fault.text.empty();
    if (process.pid < 0) fail(fault, Stage::Internal, process.pid, "start a process");
    return started;
}

void release_command_stack() {
    sys::give_back(command_stack, sizeof command_stack);
}

}  // namespace potd::monitor
