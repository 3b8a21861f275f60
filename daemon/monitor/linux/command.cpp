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

bool prepare(const CommandOrder& order, Fault& fault) {
    if (!set_standard(order, fault) || !set_rlimits(*order.plan, order.files, fault)) return false;
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
        (void)execute(*start.order->argv, *start.order->env, *start.fault);
    }
    for (;;) raw_call(SYS_exit, 127);
}

}  // namespace

bool start_command(const CommandOrder& order, CommandProcess& process, Fault& fault) {
    fault.text.clear();
    Start start{&order, &fault};
    clone_args arguments{};
    arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | order.clone_flags;
    arguments.pidfd = reinterpret_cast<std::uint64_t>(&process.pidfd);
    if (order.born != nullptr) {
        arguments.flags |= CLONE_PARENT_SETTID;
        arguments.parent_tid = reinterpret_cast<std::uint64_t>(order.born);
    }
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
