#include "daemon/monitor/linux/exec_helper.hpp"

#include "daemon/monitor/control.hpp"
#include "daemon/monitor/linux/cgroups.hpp"
#include "daemon/monitor/linux/launch.hpp"
#include "daemon/monitor/linux/pot_command.hpp"
#include "daemon/monitor/linux/process.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/linux/restrict.hpp"
#include "daemon/monitor/linux/user_namespace.hpp"
#include "daemon/monitor/sys.hpp"

#include <linux/prctl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

namespace potd::monitor {

using core::monitor_link::Exec;
using platform::LaunchPlan;
using platform::PlanView;

namespace {

bool enter_pot(const PlanView& plan, int init, Fault& fault) {
    if (!join_v1_cgroups(plan, fault)) return false;
    unsigned flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC;
    if (plan.sandbox.cgroup_namespace) flags |= CLONE_NEWCGROUP;
    if (plan.sandbox.network != LaunchPlan::Network::Inherit) flags |= CLONE_NEWNET;
    const long result = raw_call(SYS_setns, init, flags);
    return result >= 0 || fail(fault, Stage::Namespace, result, "enter the pot");
}

constexpr std::size_t birth_size = 4096;

/// Without it the command just cannot be killed before it is told.
std::int32_t* note_birth() {
    const long place =
        raw_call(SYS_mmap, nullptr, birth_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    // NOLINTNEXTLINE(performance-no-int-to-ptr): so the kernel gives it
    return place < 0 ? nullptr : reinterpret_cast<std::int32_t*>(place);
}

CommandWords words_of(const ExecOrder& order) {
    const Exec& frame = *order.frame;
    CommandWords words;
    words.argv = frame.argv;
    words.env = frame.env;
    words.user = frame.user;
    words.workdir = frame.workdir;
    words.rows = frame.rows;
    words.columns = frame.columns;
    words.terminal = frame.terminal;
    for (int i = 0; i < 3; ++i) words.standard[i] = order.standard[i];
    words.clone_flags = CLONE_PARENT;
    return words;
}

void tell_started(int report, const PotCommand& made) {
    ControlMessage message;
    message.kind = ControlMessage::Started;
    message.value = static_cast<std::int32_t>(made.process.pid);
    message.processes = 1;
    message.terminals = made.terminal_master >= 0 ? 1 : 0;
    const int fds[] = {made.process.pidfd, made.terminal_master};
    send_control(report, message, {fds, std::size_t{1} + message.terminals});
}

bool run(const ExecOrder& order, int init, const ExecStart& start, int report, PotCommand& made,
         Fault& fault) {
    const LaunchMap map(order.plan_fd);
    if (!map.ok()) return fail(fault, Stage::Plan, 0, "the launch plan cannot be read");
    const PlanView& plan = map.plan();
    set_oom_score(plan.security.oom_score_adj);
    // It may have been changed since the start.
    platform::Rlimit files;
    const bool told = files_of(pid_of(init), files);
    const int own_files = sys::own_files();
    if (!enter_pot(plan, init, fault)) return false;
    // From here on this process is in the pot: nothing of the host may be open in it. 0 to 2 are
    // /dev/null and keep their numbers taken.
    // Init's pidfd shows the pot nothing it has not got, and is the way into its user namespace. What leads
    // to the host's /proc is closed before there is a process that the pot can see.
    const int user_namespace = has_user_namespace(plan) ? init : -1;
    const int kept[] = {
        0, 1, 2, report, order.standard[0], order.standard[1], order.standard[2], user_namespace, own_files};
    close_all_except(kept);
    if (plan.security.new_keyring && !join_new_keyring(fault)) return false;
    CommandWords words = words_of(order);
    words.user_namespace = user_namespace;
    words.own_files = own_files;
    words.born = start.born;
    if (told) words.files = &files;
    return start_pot_command(plan, words, made, fault);
}

[[noreturn]] void help(const ExecOrder& order, int init, const ExecStart& start, int report) {
    raw_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    PotCommand made;
    Fault fault;
    if (run(order, init, start, report, made, fault)) {
        tell_started(report, made);
    } else {
        send_fault(report, fault, made.process.pid);
    }
    for (;;) raw_call(SYS_exit_group, 0);
}

long clone_helper(const ExecOrder& order, int init, int report, ExecStart& start) {
    const LaunchMap map(order.plan_fd);
    const int unified = open_unified(map.plan());
    clone_args arguments{};
    arguments.flags = CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<std::uint64_t>(&start.helper);
    arguments.exit_signal = SIGCHLD;
    if (unified >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<std::uint64_t>(unified);
    }
    const long pid = raw_call(SYS_clone3, &arguments, sizeof arguments);
    if (pid == 0) help(order, init, start, report);
    sys::close(unified);
    return pid;
}

}  // namespace

bool start_exec_helper(const ExecOrder& order, int init, ExecStart& start, Fault& fault) {
    int ends[2] = {-1, -1};
    long result = raw_call(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
    if (result < 0) return fail(fault, Stage::Internal, result, "make a socket pair");
    start.born = note_birth();
    result = clone_helper(order, init, ends[1], start);
    sys::close(ends[1]);
    if (result > 0) {
        start.report = ends[0];
        return true;
    }
    sys::close(ends[0]);
    forget_birth(start);
    return fail(fault, Stage::Internal, result, "start a process");
}

void forget_birth(ExecStart& start) {
    if (start.born != nullptr) sys::unmap(start.born, birth_size);
    start.born = nullptr;
}

}  // namespace potd::monitor
