#include "daemon/monitor/freebsd/jail_pot.hpp"

#include "daemon/monitor/freebsd/cables.hpp"
#include "daemon/monitor/freebsd/devices.hpp"
#include "daemon/monitor/freebsd/jail.hpp"
#include "daemon/monitor/freebsd/jail_descriptor.hpp"
#include "daemon/monitor/freebsd/limits.hpp"
#include "daemon/monitor/freebsd/network.hpp"
#include "daemon/monitor/freebsd/process.hpp"
#include "daemon/monitor/sys.hpp"

#include <cerrno>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

namespace potd::monitor {

using core::monitor_link::SignalScope;
using platform::JailView;

namespace {

/// The last process may be one that is no descendant: nothing tells of its end.
constexpr int look_again = 50;

/// The pot's ends of the main command's pipes.
struct PotEnds {
    int standard[3] = {-1, -1, -1};
    void close() {
        for (const int fd : standard) sys::close(fd);
    }
};

bool make_pipe(int& read_end, int& write_end, Fault& fault) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail(fault, Stage::Internal, -errno, "make a pipe");
    read_end = ends[0];
    write_end = ends[1];
    return true;
}

bool make_output(int& read_end, int& write_end, Fault& fault) {
    if (!make_pipe(read_end, write_end, fault)) return false;
    const int result = sys::set_nonblocking(read_end);
    return result >= 0 || fail(fault, Stage::Internal, result, "set up a pipe");
}

bool make_ends(const JailView& plan, PotStreams& own, PotEnds& pot, Fault& fault) {
    if (plan.command.terminal) return true;
    if (plan.command.open_stdin && !make_pipe(pot.standard[0], own.input, fault)) return false;
    return make_output(own.output, pot.standard[1], fault) && make_output(own.errors, pot.standard[2], fault);
}

void close_all(PotStreams& streams) {
    for (const int fd : {streams.output, streams.errors, streams.input}) sys::close(fd);
    streams = {};
}

bool is_ending(int number) {
    return number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM;
}

}  // namespace

bool JailPot::launch(int plan_fd, PotStreams& streams, Fault& fault) {
    plan_fd_ = plan_fd;
    const JailMap map(plan_fd);
    if (!map.ok()) return fail(fault, Stage::Plan, 0, "the launch plan cannot be read");
    name_.add(map.plan().jail.name);
    persistent_ = map.plan().command.persistent;
    boots_ = map.plan().jail.boots;
    has_links_ = has_links(map.plan());
    children_ = watch_children(fault);
    if (children_ >= 0 && build(map.plan(), fault) && start_main(map.plan(), streams, fault)) return true;
    close_all(streams);
    return false;
}

bool JailPot::build(const JailView& plan, Fault& fault) {
    if (!make_ruleset(plan, ruleset_, fault) || !mounts_.mount_all(plan, ruleset_, fault)) return false;
    const int jail = make_jail(plan, ruleset_, owner_, fault);
    if (jail < 0) return false;
    jail_ = jail;
    // Without that the end is found by looking, as it is while processes are on their way out.
    if (owner_ >= 0) (void)jail_descriptor::watch(children_, owner_);
    if (!set_limits(jail_, plan, fault)) return false;
    return !plan.jail.loopback || (lay_cables(jail_, plan, fault) && give_devices(jail_, plan, fault) &&
                                   set_up_network(jail_, plan, fault));
}

bool JailPot::start_main(const JailView& plan, PotStreams& streams, Fault& fault) {
    PotEnds ends;
    PotCommand command;
    command.argv = plan.command.argv;
    command.terminal = plan.command.terminal;
    command.rows = plan.command.rows;
    command.columns = plan.command.columns;
    PotProcess started;
    bool good = make_ends(plan, streams, ends, fault);
    for (int i = 0; i < 3; ++i) command.standard[i] = ends.standard[i];
    good = good && start_in_jail(jail_, plan, command, started, fault);
    ends.close();
    if (!good) return false;
    phase_ = Phase::Starting;
    report_ = started.report;
    main_ = started.process;
    processes_.init = identify(started.pid);
    if (!boots_) processes_.main = processes_.init;
    return true;
}

std::size_t JailPot::fill(std::span<pollfd> entries) const {
    if (phase_ == Phase::None || phase_ == Phase::Gone) return 0;
    entries[0] = {children_, POLLIN, 0};
    entries[1] = {report_, POLLIN, 0};
    entries[2] = {main_, POLLIN, 0};
    return 3;
}

int JailPot::patience() const {
    return phase_ == Phase::Draining || phase_ == Phase::Ending ? look_again : -1;
}

void JailPot::look(std::span<const pollfd> entries, PotNews& news, Fault& fault) {
    if (entries.size() == 3) {
        if (entries[1].revents != 0) take_start(news, fault);
        if (entries[2].revents != 0 && report_ < 0) take_main_end(news);
        if (entries[0].revents != 0) reap_orphans(children_);
    }
    if ((phase_ == Phase::Draining || phase_ == Phase::Ending) && is_empty()) finish(news);
}

void JailPot::take_start(PotNews& news, Fault& fault) {
    const ReportStep step = take_report(report_, terminal_, fault);
    if (step == ReportStep::Waiting) return;
    sys::close(report_);
    report_ = -1;
    if (step == ReportStep::Failed || phase_ != Phase::Starting) return end_jail();
    phase_ = Phase::Running;
    if (!persistent_ && !has_links_) let_jail_end(jail_);
    news.started = true;
    news.processes = processes_;
    news.terminal = terminal_;
    terminal_ = -1;
}

void JailPot::take_main_end(PotNews& news) {
    const long status = reap(main_);
    sys::close(main_);
    main_ = -1;
    if (phase_ == Phase::Starting) return end_jail();
    news.main_ended = !boots_;
    news.main_status = static_cast<std::int32_t>(status);
    if (!persistent_) end_jail();
}

/// Cables go first. A jail that ends gives its interfaces back one by one, and a kernel that is to destroy
/// one meanwhile does not survive it (vnet_if_return and epair_clone_destroy of 13.2).
void JailPot::take_down() {
    if (has_links_) {
        const JailMap map(plan_fd_);
        const bool lives = is_jail(jail_, name_.view());
        if (map.ok() && lives) reclaim_devices(jail_, map.plan());
        if (map.ok()) remove_cables(map.plan(), lives);
    }
    remove_jail(jail_, name_.view());
}

void JailPot::end_jail() {
    take_down();
    phase_ = Phase::Ending;
}

/// A child that is not in the jail yet enters it and dies with it, or fails to.
bool JailPot::is_empty() const {
    return descendants() == 0 && (phase_ == Phase::Draining || !has_processes(jail_, name_.view()));
}

void JailPot::finish(PotNews& news) {
    // As an init would: it ended as it was told, or was killed.
    news.init_status = phase_ == Phase::Draining ? 0 : SIGKILL;
    if (phase_ == Phase::Draining) take_down();
    for (const int fd : {children_, report_, main_, terminal_}) sys::close(fd);
    children_ = report_ = main_ = terminal_ = -1;
    phase_ = Phase::Gone;
    news.ended = true;
}

void JailPot::signal(int number, SignalScope scope) {
    if (scope == SignalScope::All) return signal_jail(jail_, number);
    if (!boots_ && runs(main_)) {
        // A failure means that the process has ended; its end is told as such.
        (void)signal_process(main_, number);
        return;
    }
    if (number == SIGKILL) return end_jail();
    if (!is_ending(number)) return;
    if (phase_ == Phase::Running) phase_ = Phase::Draining;
    signal_jail(jail_, number);
}

void JailPot::kill(int) {
    if (phase_ != Phase::None && phase_ != Phase::Gone) end_jail();
}

/// rctl tells nobody whom it kills. A command that died of SIGKILL although nobody here sent one, below a
/// limit that kills, was most likely its victim.
void JailPot::count(int plan_fd, core::monitor_link::ExitFacts& facts) const {
    const bool unasked = !facts.kill_requested && facts.signal_requested != SIGKILL;
    if (!unasked || !facts.has_main_status || facts.main_status != SIGKILL) return;
    const JailMap map(plan_fd);
    if (map.ok() && kills_for_memory(map.plan())) facts.oom_kills = 1;
}

void JailPot::clean(int plan_fd) {
    // A launch that failed half-way has its jail still.
    take_down();
    const JailMap map(plan_fd);
    if (map.ok()) remove_limits(map.plan());
    (void)mounts_.unmount();  // what stays potd tries again, and says why
    remove_ruleset(ruleset_);
    ruleset_ = 0;
    sys::close(owner_);
    owner_ = -1;
}

bool JailPot::start_exec(const ExecOrder& order, ExecStart& start, Fault& fault) {
    const JailMap map(order.plan_fd);
    if (!map.ok()) return fail(fault, Stage::Plan, 0, "the launch plan cannot be read");
    const auto& frame = *order.frame;
    PotCommand command;
    command.argv = frame.argv;
    command.env = frame.env;
    command.user = frame.user;
    command.workdir = frame.workdir;
    command.terminal = frame.terminal;
    command.rows = frame.rows;
    command.columns = frame.columns;
    for (int i = 0; i < 3; ++i) command.standard[i] = order.standard[i];
    PotProcess started;
    if (!start_in_jail(jail_, map.plan(), command, started, fault)) return false;
    start.report = started.report;
    start.process = started.process;
    start.pid = started.pid;
    return true;
}

ExecStep JailPot::take_exec(ExecStart& start, Fault& fault) {
    const ReportStep step = take_report(start.report, start.terminal, fault);
    if (step == ReportStep::Waiting) return ExecStep::Waiting;
    sys::close(start.report);
    start.report = -1;
    if (step == ReportStep::Executed) return ExecStep::Runs;
    (void)reap(start.process);
    sys::close(start.process);
    sys::close(start.terminal);
    start.process = start.terminal = -1;
    return ExecStep::Failed;
}

}  // namespace potd::monitor
