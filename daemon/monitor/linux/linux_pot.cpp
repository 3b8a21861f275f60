#include "daemon/monitor/linux/linux_pot.hpp"

#include "daemon/monitor/control.hpp"
#include "daemon/monitor/linux/cgroups.hpp"
#include "daemon/monitor/linux/exec_helper.hpp"
#include "daemon/monitor/linux/process.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/linux/reaper.hpp"
#include "daemon/monitor/sys.hpp"

#include <linux/prctl.h>
#include <linux/wait.h>
#include <poll.h>
#include <signal.h>

namespace potd::monitor {

using core::monitor_link::SignalScope;

bool LinuxPot::launch(int plan_fd, PotStreams& streams, Fault& fault) {
    LaunchMap map(plan_fd);
    if (!map.ok()) return fail(fault, Stage::Plan, 0, "the launch plan cannot be read");
    Launched launched;
    if (!monitor::launch(map, launched, fault)) return false;
    oom_.begin(map.plan());
    init_ = launched.init;
    control_ = launched.control;
    streams = launched.streams;
    lower_oom_score();
    processes_.init = identify(launched.init_pid);
    raw_call(SYS_chdir, "/");
    raw_call(SYS_prctl, PR_SET_NAME, "potmon", 0, 0, 0);
    return true;
}

std::size_t LinuxPot::fill(std::span<pollfd> entries) const {
    if (init_ < 0) return 0;
    entries[0] = {control_, POLLIN, 0};
    entries[1] = {init_, POLLIN, 0};
    return oom_.fill(entries[2]) ? 3 : 2;
}

void LinuxPot::look(std::span<const pollfd> entries, PotNews& news, Fault& fault) {
    if (oom_.look(entries.size() > 2 && entries[2].revents != 0)) {
        news.oom_kills = oom_.kills();
        news.kill = oom_.kills_all();
    }
    if (entries.size() < 2) return;
    if (entries[0].revents != 0) take_control(news, fault);
    if (entries[1].revents != 0) take_end(news, fault);
}

void LinuxPot::take_control(PotNews& news, Fault& fault) {
    ControlMessage message;
    const Received received = receive_control(control_, message);
    if (received.ended) {
        sys::close(control_);
        control_ = -1;
    }
    if (!received.whole) return;
    if (message.kind == ControlMessage::Started && !started_) {
        return take_start(received.process, received.terminal, news);
    }
    sys::close(received.process);
    sys::close(received.terminal);
    if (message.kind == ControlMessage::Failed && !started_) fault = fault_of(message);
    if (message.kind == ControlMessage::MainEnded && main_ >= 0 && !main_ended_) {
        main_ended_ = true;
        news.main_ended = true;
        news.main_status = message.value;
    }
}

void LinuxPot::take_start(int process, int terminal, PotNews& news) {
    started_ = true;
    main_ = process;
    if (process >= 0) processes_.main = identify(pid_of(process));
    send_acknowledgement(control_);
    news.started = true;
    news.processes = processes_;
    news.terminal = terminal;
}

void LinuxPot::take_end(PotNews& news, Fault& fault) {
    if (control_ >= 0) take_control(news, fault);
    // What ended it may be told a moment later than the end.
    if (oom_.look(true)) news.oom_kills = oom_.kills();
    news.ended = true;
    news.init_status = static_cast<std::int32_t>(reap(init_));
    oom_.end();
    for (const int fd : {init_, main_, control_}) sys::close(fd);
    init_ = main_ = control_ = -1;
}

void LinuxPot::signal(int number, SignalScope scope) {
    if (scope == SignalScope::All) return signal_everybody(number);
    // A failure means that the process has ended; its end is told as such.
    (void)signal_process(runs(main_) ? main_ : init_, number);
}

/// By init: whoever else were in the pot's namespace to call kill(-1) could be stopped there by the pot's
/// root.
void LinuxPot::signal_everybody(int number) {
    send_order(control_, number);
    (void)signal_process(init_, order_signal);
    // Where it is itself what a signal to the command has stopped.
    if (number == SIGCONT) (void)signal_process(init_, SIGCONT);
}

void LinuxPot::kill(int plan_fd) {
    const LaunchMap map(plan_fd);
    kill_cgroups(map.plan());
    (void)signal_process(init_, SIGKILL);
}

void LinuxPot::count(int plan_fd, core::monitor_link::ExitFacts& facts) const {
    const LaunchMap map(plan_fd);
    if (!map.ok()) return;
    const MemoryFacts memory = read_memory_facts(map.plan());
    facts.peak_memory = memory.peak;
    facts.oom_kills = memory.oom_kills;
}

/// With pid 1 every process of the pot is gone; a helper that was on its way in may be left.
void LinuxPot::clean(int plan_fd) {
    const LaunchMap map(plan_fd);
    if (map.ok() && !remove_cgroups(map.plan())) kill_cgroups(map.plan());
}

bool LinuxPot::start_exec(const ExecOrder& order, ExecStart& start, Fault& fault) {
    return start_exec_helper(order, init_, start, fault);
}

/// It is this process' child, not reaped yet: nobody else has its number.
void LinuxPot::kill_untold(ExecStart& start) {
    const std::int32_t born = start.born == nullptr ? 0 : *start.born;
    if (born > 0) raw_call(SYS_kill, born, SIGKILL);
    forget_birth(start);
}

ExecStep LinuxPot::take_exec(ExecStart& start, Fault& fault) {
    ControlMessage message;
    const Received received = receive_control(start.report, message);
    if (!received.whole && !received.ended) return ExecStep::Waiting;
    received.whole ? forget_birth(start) : kill_untold(start);
    sys::close(start.report);
    start.report = -1;
    (void)reap(start.helper);  // it ends right after its message
    sys::close(start.helper);
    start.helper = -1;
    if (received.whole && message.kind == ControlMessage::Started) {
        start.process = received.process;
        start.pid = message.value;
        start.terminal = received.terminal;
        return ExecStep::Runs;
    }
    fault = fault_of(message);
    if (!received.whole)
        fail(fault, Stage::Internal, 0, "exec: its helper was killed on the way (no memory in the pot?)");
    if (message.value > 0) sys::reap_pid(message.value);
    return received.whole ? ExecStep::Failed : ExecStep::Lost;
}

long LinuxPot::next_stray() const {
    siginfo_t info{};
    const long result = raw_call(SYS_waitid, P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, nullptr);
    if (result < 0 || init_ < 0 || info.si_pid == pid_of(init_)) return 0;
    return info.si_pid;
}

}  // namespace potd::monitor
