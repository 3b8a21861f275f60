#include "daemon/monitor/linux/launch.hpp"

#include "daemon/monitor/linux/cgroups.hpp"
#include "daemon/monitor/linux/init.hpp"
#include "daemon/monitor/linux/interfaces.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/linux/user_namespace.hpp"
#include "daemon/monitor/sys.hpp"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/socket.h>

namespace potd::monitor {

using platform::LaunchPlan;
using platform::PlanView;

namespace {

/// The pot's ends of the pipes, and of the control socket.
struct PotEnds {
    int control = -1;
    int standard[3] = {-1, -1, -1};
    void close() {
        sys::close(control);
        for (const int fd : standard) sys::close(fd);
    }
};

bool make_pipe(int& read_end, int& write_end, Fault& fault) {
    int ends[2] = {-1, -1};
    const long result = raw_call(SYS_pipe2, ends, O_CLOEXEC);
    read_end = ends[0];
    write_end = ends[1];
    return result >= 0 || fail(fault, Stage::Internal, result, "make a pipe");
}

bool make_output(int& read_end, int& write_end, Fault& fault) {
    if (!make_pipe(read_end, write_end, fault)) return false;
    const int result = sys::set_nonblocking(read_end);
    return result >= 0 || fail(fault, Stage::Internal, result, "set up a pipe");
}

bool make_control(int& own_end, int& pot_end, Fault& fault) {
    int ends[2] = {-1, -1};
    const long result = raw_call(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
    own_end = ends[0];
    pot_end = ends[1];
    return result >= 0 || fail(fault, Stage::Internal, result, "make a socket pair");
}

bool make_ends(const PlanView& plan, Launched& own, PotEnds& pot, Fault& fault) {
    if (!make_control(own.control, pot.control, fault)) return false;
    if (plan.command.argv.empty() || plan.command.terminal) return true;
    if (plan.command.open_stdin && !make_pipe(pot.standard[0], own.streams.input, fault)) return false;
    return make_output(own.streams.output, pot.standard[1], fault) &&
           make_output(own.streams.errors, pot.standard[2], fault);
}

std::uint64_t namespaces(const PlanView& plan) {
    constexpr std::uint64_t always = CLONE_NEWPID | CLONE_NEWNS;
    if (has_user_namespace(plan)) return always;  // the others are made already
    std::uint64_t flags = always | CLONE_NEWUTS | CLONE_NEWIPC;
    if (plan.sandbox.network == LaunchPlan::Network::New) flags |= CLONE_NEWNET;
    return flags;
}

void forget(void* map) {
    static_cast<LaunchMap*>(map)->unmap();
}

bool clone_init(LaunchMap& map, Launched& own, const PotEnds& pot, const UserNamespace& owned, int host_links,
                Fault& fault) {
    const PlanView& plan = map.plan();
    clone_args arguments{};
    arguments.flags = namespaces(plan) | CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<std::uint64_t>(&own.init);
    arguments.exit_signal = SIGCHLD;
    const int unified = open_unified(plan);
    if (unified >= 0) {
        arguments.flags |= CLONE_INTO_CGROUP;
        arguments.cgroup = static_cast<std::uint64_t>(unified);
    }
    own.init_pid = raw_call(SYS_clone3, &arguments, sizeof arguments);
    if (own.init_pid == 0) {
        sys::close(own.control);  // so that this side notices when potmon's is closed
        run_init({&plan,
                  pot.control,
                  {pot.standard[0], pot.standard[1], pot.standard[2]},
                  host_links,
                  owned,
                  forget,
                  &map});
    }
    sys::close(unified);
    return own.init_pid > 0 || fail(fault, Stage::Namespace, own.init_pid, "make the pot's namespaces");
}

void close_own(Launched& own) {
    for (const int fd : {own.control, own.streams.output, own.streams.errors, own.streams.input})
        sys::close(fd);
    own = {};
}

}  // namespace

bool launch(LaunchMap& map, Launched& launched, Fault& fault) {
    if (!make_cgroups(map.plan(), fault)) return false;
    UserNamespace owned;
    PotEnds pot;
    int host_links = -1;
    const bool made = make_user_namespace(map.plan(), owned, fault) &&
                      make_ends(map.plan(), launched, pot, fault) &&
                      open_host_links(map.plan(), host_links, fault) &&
                      clone_init(map, launched, pot, owned, host_links, fault);
    sys::close(host_links);
    owned.close();
    pot.close();
    if (!made) close_own(launched);
    return made;
}

}  // namespace potd::monitor
