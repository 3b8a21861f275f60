#include "daemon/monitor/linux/init.hpp"

#include "daemon/monitor/control.hpp"
#include "daemon/monitor/linux/cgroups.hpp"
#include "daemon/monitor/linux/interfaces.hpp"
#include "daemon/monitor/linux/mounts.hpp"
#include "daemon/monitor/linux/pot_command.hpp"
#include "daemon/monitor/linux/process.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/linux/reaper.hpp"
#include "daemon/monitor/linux/restrict.hpp"
#include "daemon/monitor/linux/terminal.hpp"
#include "daemon/monitor/sys.hpp"

#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace potd::monitor {

using platform::LaunchPlan;
using platform::PlanView;
using platform::SandboxPart;

namespace {

[[noreturn]] void leave(int status) {
    for (;;) raw_call(SYS_exit_group, status);
}

/// The kernel kills this process when potmon dies. If potmon died before this call nobody will: then
/// its end of the control socket is closed already.
void die_with_potmon(int control) {
    raw_call(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    pollfd peer{control, 0, 0};
    timespec at_once{};
    if (raw_call(SYS_ppoll, &peer, 1, &at_once, nullptr, 0) > 0) leave(1);
}

bool join_network(const SandboxPart& sandbox, Fault& fault) {
    if (sandbox.network != LaunchPlan::Network::Join) return true;
    const int fd = sys::open_at(AT_FDCWD, sandbox.network_path.data(), O_RDONLY);
    const long result = fd < 0 ? fd : raw_call(SYS_setns, fd, CLONE_NEWNET);
    sys::close(fd);
    return result >= 0 || fail(fault, Stage::Network, result, "join the network", sandbox.network_path);
}

bool raise_loopback(const SandboxPart& sandbox, Fault& fault) {
    if (sandbox.network != LaunchPlan::Network::New) return true;
    const long socket = raw_call(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return fail(fault, Stage::Network, socket, "open a socket");
    ifreq request{};
    request.ifr_name[0] = 'l';
    request.ifr_name[1] = 'o';
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    const long result = raw_call(SYS_ioctl, socket, SIOCSIFFLAGS, &request);
    sys::close(static_cast<int>(socket));
    return result >= 0 || fail(fault, Stage::Network, result, "raise the loopback interface");
}

bool enter_cgroups(const PlanView& plan, Fault& fault) {
    if (!join_v1_cgroups(plan, fault)) return false;
    if (!plan.sandbox.cgroup_namespace) return true;
    const long result = raw_call(SYS_unshare, CLONE_NEWCGROUP);
    return result >= 0 || fail(fault, Stage::Namespace, result, "make a cgroup namespace");
}

bool build_tree(const PlanView& plan, int shift, Fault& fault) {
    const int root = mount_root(plan, shift, fault);
    if (root < 0) return false;
    const bool built = make_files_for_pot(plan, true, fault) && mount_all(root, plan, shift, fault) &&
                       make_files_for_pot(plan, false, fault) && enter_root(root, plan.sandbox, fault);
    sys::close(root);
    return built;
}

bool name_host(const SandboxPart& sandbox, Fault& fault) {
    if (sandbox.hostname.empty()) return true;
    const long result = raw_call(SYS_sethostname, sandbox.hostname.data(), sandbox.hostname.size());
    return result >= 0 || fail(fault, Stage::Namespace, result, "set the host name", sandbox.hostname);
}

bool build_sandbox(const InitOrder& order, Fault& fault) {
    const PlanView& plan = *order.plan;
    const UserNamespace& owned = order.owned;
    set_oom_score(plan.security.oom_score_adj);
    raw_call(SYS_umask, 0);
    return enter_cgroups(plan, fault) && join_owned(owned, fault) && join_network(plan.sandbox, fault) &&
           make_interfaces(plan, order.host_links, fault) && build_tree(plan, owned.user, fault) &&
           name_host(plan.sandbox, fault) && raise_loopback(plan.sandbox, fault) &&
           (!plan.security.new_keyring || join_new_keyring(fault));
}

/// Before any program of the pot runs: one that may trace this process must find nothing of the host in it.
void close_host_descriptors(const InitOrder& order, int own_files) {
    raw_call(SYS_dup3, 0, 2, O_CLOEXEC);  // standard error may be potd's
    const int kept[] = {0,
                        1,
                        2,
                        order.control,
                        order.standard[0],
                        order.standard[1],
                        order.standard[2],
                        order.owned.user,
                        own_files};
    close_all_except(kept);
}

bool start_main(const InitOrder& order, int own_files, PotCommand& made, Fault& fault) {
    const auto& command = order.plan->command;
    close_host_descriptors(order, command.argv.empty() ? -1 : own_files);
    if (command.argv.empty()) return true;
    CommandWords words;
    words.argv = command.argv;
    words.rows = command.rows;
    words.columns = command.columns;
    words.terminal = words.console = command.terminal;
    words.user_namespace = order.owned.user;
    words.own_files = own_files;
    for (int i = 0; i < 3; ++i) words.standard[i] = order.standard[i];
    return start_pot_command(*order.plan, words, made, fault);
}

/// Last of all that needs the host's rights. The kernel forgets the signal of the parent's death with a
/// change of user.
bool leave_host(const InitOrder& order, Fault& fault) {
    if (!enter_user_namespace(order.owned.user, fault)) return false;
    if (order.owned.user >= 0) die_with_potmon(order.control);
    return restrict_init(fault);
}

void tell_started(int control, const PotCommand& made) {
    ControlMessage message;
    message.kind = ControlMessage::Started;
    int fds[2];
    std::size_t count = 0;
    if (made.process.pidfd >= 0) {
        message.processes = 1;
        fds[count++] = made.process.pidfd;
    }
    if (made.terminal_master >= 0) {
        message.terminals = 1;
        fds[count++] = made.terminal_master;
    }
    send_control(control, message, {fds, count});
}

}  // namespace

void run_init(const InitOrder& order) {
    die_with_potmon(order.control);
    Fault fault;
    PotCommand made;
    const int own_files = sys::own_files();
    const bool ready = build_sandbox(order, fault) && start_main(order, own_files, made, fault) &&
                       set_files_limit(*order.plan, fault) && leave_host(order, fault);
    if (!ready) {
        send_fault(order.control, fault);
        leave(1);
    }
    tell_started(order.control, made);
    Reaper reaper(order.control, made.process.pid, order.plan->command.persistent);
    order.forget_plan(order.forget_argument);
    const int kept[] = {order.control};
    close_all_except(kept);
    raw_call(SYS_prctl, PR_SET_NAME, "potinit", 0, 0, 0);
    release_command_memory();
    give_back_stack();
    await_acknowledgement(order.control);
    reaper.run();
    leave(0);
}

}  // namespace potd::monitor
