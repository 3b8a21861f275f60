#include "daemon/monitor/linux/signal_all.hpp"

#include "daemon/monitor/linux/process.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"

#include <linux/sched.h>
#include <linux/wait.h>
#include <poll.h>
#include <signal.h>

namespace potd::monitor {

namespace {

/// For a call that takes no longer than a list of processes.
constexpr int patience_ms = 2000;

long fork(int* pidfd) {
    clone_args arguments{};
    arguments.exit_signal = SIGCHLD;
    if (pidfd != nullptr) arguments.flags = CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<std::uint64_t>(pidfd);
    return raw_call(SYS_clone3, &arguments, sizeof arguments);
}

[[noreturn]] void leave() {
    for (;;) raw_call(SYS_exit_group, 0);
}

/// The pot's root may stop what is in its namespace: only SIGKILL from outside ends that.
void await(long pid, int pidfd) {
    pollfd end{pidfd, POLLIN, 0};
    if (sys::poll({&end, 1}, patience_ms) <= 0) (void)signal_process(pidfd, SIGKILL);
    raw_call(SYS_wait4, pid, nullptr, __WALL, nullptr);
}

}  // namespace

void signal_all(int init, int number) {
    const long helper = fork(nullptr);
    if (helper == 0) {
        if (raw_call(SYS_setns, init, CLONE_NEWPID) < 0) leave();
        int end = -1;
        const long inside = fork(&end);
        if (inside == 0) {
            raw_call(SYS_kill, -1, number);
            leave();
        }
        if (inside > 0) await(inside, end);
        leave();
    }
    if (helper > 0) raw_call(SYS_wait4, helper, nullptr, __WALL, nullptr);
}

}  // namespace potd::monitor
