#include "daemon/monitor/linux/monitor.hpp"

#include "daemon/monitor/exit_record.hpp"
#include "daemon/monitor/linux/cgroups.hpp"
#include "daemon/monitor/linux/control.hpp"
#include "daemon/monitor/linux/process.hpp"
#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/linux/signal_all.hpp"
#include "daemon/monitor/linux/terminal.hpp"

#include <fcntl.h>
#include <linux/prctl.h>
#include <poll.h>
#include <signal.h>

namespace potd::monitor {

using core::monitor_link::Failed;
using core::monitor_link::MonitorState;
using core::monitor_link::SignalScope;

namespace {

std::int64_t wall_ms() {
    return sys::wall_ns() / 1'000'000;
}

}  // namespace

/// One round of waiting: fixed places first, then one for each exec.
struct Monitor::PollSet {
    enum Place { Connection, Listener, Control, Init, Output, Errors, Execs };
    pollfd entries[Execs + ExecTable::max_execs];
    std::size_t exec_count = 0;

    void watch(Place place, int fd) { entries[place] = {fd, POLLIN, 0}; }
    void watch(Place place, LogPump::Wanted wanted) {
        entries[place] = {wanted.fd, static_cast<short>(wanted.writing ? POLLOUT : POLLIN), 0};
    }
    [[nodiscard]] bool ready(Place place) const { return entries[place].revents != 0; }
    [[nodiscard]] std::span<const pollfd> execs() const { return {entries + Execs, exec_count}; }
    /// milliseconds < 0: for ever. False if nothing came.
    bool wait(int milliseconds) {
        timespec limit{milliseconds / 1000, milliseconds % 1000 * 1'000'000};
        return raw_call(SYS_ppoll, entries, Execs + exec_count, milliseconds < 0 ? nullptr : &limit, nullptr,
                        0) > 0;
    }
};

void Monitor::run(int link, int plan_fd) {
    plan_fd_ = plan_fd;
    link_.adopt(link);
    start();
    while (!taken_) serve();
}

void Monitor::start() {
    PlanMap map(plan_fd_);
    processes_.monitor = identify(raw_call(SYS_getpid));
    if (!map.ok()) {
        fail(fault_, Stage::Plan, 0, "the launch plan cannot be read");
        return give_up();
    }
    facts_.run = map.plan().monitor.run;
    persistent_ = map.plan().command.persistent;
    const bool launched = take_place(map) && launch_pot(map);
    if (taken_) return;
    say_hello();
    if (!launched) give_up();
}

/// From here on every potd finds this monitor. If the one that sent it died before, the next one may have
/// looked in vain and taken the run for one that never began: then it never does. False: leave, or `fault_`.
bool Monitor::take_place(PlanMap& map) {
    const auto& part = map.plan().monitor;
    const int listening = link_.listen(part.socket_path.data());
    if (listening < 0) return fail(fault_, Stage::Internal, listening, "listen at", part.socket_path);
    if (!link_.abandoned()) return true;
    (void)sys::unlink_at(AT_FDCWD, part.socket_path.data());
    taken_ = true;
    return false;
}

/// What the pot need not wait for comes after its init is under way.
bool Monitor::launch_pot(PlanMap& map) {
    const auto& part = map.plan().monitor;
    const int log =
        pump_.open_log(part.log_directory.data(), {part.log_max_size, part.log_max_files, part.run});
    if (log < 0) return fail(fault_, Stage::Log, log, "open the log in", part.log_directory);
    if (!launch(map, pot_, fault_)) return false;
    pump_.set_source(LogPump::Source::Output, pot_.output);
    pump_.set_source(LogPump::Source::Errors, pot_.errors);
    lower_oom_score();
    processes_.init = identify(pot_.init_pid);
    raw_call(SYS_chdir, "/");
    raw_call(SYS_prctl, PR_SET_NAME, "potmon", 0, 0, 0);
    return true;
}

/// Ends a launch that went wrong on this side; with an init the end comes when init has ended.
void Monitor::give_up() {
    if (pot_.init >= 0) {
        (void)signal_process(pot_.init, SIGKILL);  // -ESRCH: it has ended already
        return;
    }
    state_ = MonitorState::Failed;
    tell_end();
}

void Monitor::serve() {
    PollSet set;
    set.watch(PollSet::Connection, link_.connection());
    set.watch(PollSet::Listener, link_.listener());
    set.watch(PollSet::Control, pot_.control);
    set.watch(PollSet::Init, pot_.init);
    set.watch(PollSet::Output, pump_.wanted(LogPump::Source::Output));
    set.watch(PollSet::Errors, pump_.wanted(LogPump::Source::Errors));
    set.exec_count = execs_.fill({set.entries + PollSet::Execs, ExecTable::max_execs});
    constexpr int rest_after = 1000;
    const bool restless = pump_.touched() || execs_.has_strays();
    if (set.wait(restless ? rest_after : -1)) {
        handle(set);
    } else {
        pump_.rest();
        link_.give_back();
        give_back_stack();
        if (execs_.has_strays() && pot_.init >= 0) execs_.reap_strays(pot_.init);
    }
}

void Monitor::handle(const PollSet& set) {
    if (set.ready(PollSet::Listener) && link_.accept())
        say_hello();
    else if (set.ready(PollSet::Connection))
        take_frame();
    if (set.ready(PollSet::Output)) pump_.pump(LogPump::Source::Output);
    if (set.ready(PollSet::Errors)) pump_.pump(LogPump::Source::Errors);
    if (set.ready(PollSet::Control)) take_control();
    execs_.handle(set.execs());
    if (set.ready(PollSet::Init)) on_init_end();
}

// ---- potd ------------------------------------------------------------------------------------------

void Monitor::take_frame() {
    LinkServer::Incoming incoming = link_.receive();
    if (incoming.whole) obey(incoming, incoming.packet);
    for (int i = 0; i < incoming.packet.fd_count; ++i) sys::close(incoming.packet.fds[i]);
}

void Monitor::obey(const LinkServer::Incoming& incoming, sys::Message& packet) {
    namespace link = core::monitor_link;
    const auto with = [&](auto frame, auto&& act) {
        if (link::decode_payload(incoming.frame, frame)) act(frame);
    };
    switch (incoming.frame.type) {
        case link::FrameType::Signal: return with(link::Signal{}, [&](auto& frame) { on_signal(frame); });
        case link::FrameType::Kill: return on_kill();
        case link::FrameType::Exec:
            return with(link::Exec{}, [&](auto& frame) {
                execs_.start(frame, packet, state_ == MonitorState::Running ? pot_.init : -1, plan_fd_);
                packet.fd_count = 0;
            });
        case link::FrameType::ExecSignal:
            return with(link::ExecSignal{}, [&](auto& frame) { execs_.signal(frame); });
        case link::FrameType::Resize:
            return with(link::Resize{}, [&](auto& frame) {
                if (terminal_ >= 0) resize_terminal(terminal_, {frame.rows, frame.columns});
            });
        case link::FrameType::Attach:
            return with(link::Attach{}, [&](auto& frame) { on_attach(frame, packet); });
        case link::FrameType::AttachMode:
            return with(link::AttachMode{}, [&](auto& frame) { pump_.set_wait(frame.wait); });
        case link::FrameType::CloseInput:
            sys::close(pot_.input);
            pot_.input = -1;
            return;
        case link::FrameType::Taken: return with(link::Taken{}, [&](auto& frame) { on_taken(frame); });
        default: return;  // from a newer potd
    }
}

void Monitor::on_signal(const core::monitor_link::Signal& frame) {
    if (state_ != MonitorState::Running) return;
    facts_.signal_requested = frame.number;
    if (frame.scope == SignalScope::All) return signal_all(pot_.init, frame.number);
    // A failure means that the process has ended; its end is told as such.
    (void)signal_process(runs(main_) ? main_ : pot_.init, frame.number);
}

void Monitor::on_kill() {
    if (!running()) return;
    facts_.kill_requested = true;
    const PlanMap map(plan_fd_);
    kill_cgroups(map.plan());
    (void)signal_process(pot_.init, SIGKILL);
}

void Monitor::on_attach(const core::monitor_link::Attach& frame, sys::Message& packet) {
    if (packet.fd_count < 1 || packet.fd_count > 2 || !running()) return;
    const int errors = packet.fd_count == 2 ? packet.fds[1] : -1;
    pump_.attach(packet.fds[0], errors, frame.wait);
    packet.fd_count = 0;
    // Whether there is a terminal and an input is known with the start.
    answer_due_ = state_ == MonitorState::Starting;
    if (!answer_due_) answer_attach();
}

void Monitor::answer_attach() {
    const int input[] = {terminal_ >= 0 ? terminal_ : pot_.input};
    link_.send(core::monitor_link::Attached{input[0] >= 0, terminal_ >= 0},
               {input, std::size_t{input[0] >= 0 ? 1U : 0U}});
}

void Monitor::on_taken(const core::monitor_link::Taken& frame) {
    if (running() || frame.run != facts_.run) return;
    const PlanMap map(plan_fd_);
    if (map.ok()) {
        // Whichever is missing is missing because potd has cleaned up already.
        (void)sys::unlink_at(AT_FDCWD, map.plan().monitor.socket_path.data());
        (void)sys::unlink_at(AT_FDCWD, map.plan().monitor.record_path.data());
    }
    taken_ = true;
}

void Monitor::say_hello() {
    core::monitor_link::Hello hello;
    hello.run = facts_.run;
    hello.state = state_;
    hello.processes = processes_;
    hello.started_at_ms = facts_.started_at_ms;
    if (state_ == MonitorState::Ended) hello.exit = facts_;
    if (state_ == MonitorState::Failed) hello.failure = failure();
    link_.send(hello);
}

// ---- the pot ---------------------------------------------------------------------------------------

void Monitor::take_control() {
    ControlMessage message;
    const Received received = receive_control(pot_.control, message);
    if (received.ended) {
        sys::close(pot_.control);
        pot_.control = -1;
    }
    if (!received.whole) return;
    if (message.kind == ControlMessage::Started && state_ == MonitorState::Starting) {
        return on_started(received.process, received.terminal);
    }
    sys::close(received.process);
    sys::close(received.terminal);
    if (message.kind == ControlMessage::Failed && state_ == MonitorState::Starting)
        fault_ = fault_of(message);
    if (message.kind == ControlMessage::MainEnded && main_ >= 0 && !main_ended_) {
        main_ended_ = true;
        facts_.has_main_status = true;
        facts_.main_status = message.value;
    }
}

void Monitor::on_started(int process, int terminal) {
    facts_.started_at_ms = wall_ms();
    state_ = MonitorState::Running;
    main_ = process;
    terminal_ = terminal;
    if (terminal >= 0) {
        const auto output = static_cast<int>(raw_call(SYS_fcntl, terminal, F_DUPFD_CLOEXEC, 3));
        if (sys::set_nonblocking(output) >= 0) pump_.set_source(LogPump::Source::Output, output);
    }
    if (process >= 0) processes_.main = identify(pid_of(process));
    send_acknowledgement(pot_.control);
    link_.send(core::monitor_link::Started{processes_, facts_.started_at_ms});
    if (answer_due_) answer_attach();
    answer_due_ = false;
    raw_call(SYS_dup3, 0, 2, O_CLOEXEC);  // potd's standard error is not needed any more
    give_back_stack();
}

void Monitor::on_init_end() {
    if (pot_.control >= 0) take_control();
    facts_.init_status = static_cast<std::int32_t>(reap(pot_.init));
    facts_.ended_at_ms = wall_ms();
    execs_.finish();
    sys::close(pot_.init);
    sys::close(main_);
    sys::close(pot_.input);
    sys::close(terminal_);
    pot_.init = main_ = pot_.input = terminal_ = -1;
    pump_.finish();
    send_tail();
    facts_.lost_log_bytes = pump_.lost();
    if (state_ == MonitorState::Starting && fault_.text.empty()) {
        fail(fault_, Stage::Internal, 0,
             "the pot was killed before its command ran (no memory within its limit?)");
    }
    state_ = state_ == MonitorState::Running ? MonitorState::Ended : MonitorState::Failed;
    tell_end();
}

/// A potd that is not there has no reader to hand it to.
void Monitor::send_tail() {
    int fds[2];
    std::size_t count = 0;
    core::monitor_link::Tail frame;
    const auto add = [&](LogPump::Source source, bool& named) {
        named = pump_.tail_fd(source) >= 0;
        if (named) fds[count++] = pump_.tail_fd(source);
    };
    add(LogPump::Source::Output, frame.output);
    add(LogPump::Source::Errors, frame.errors);
    if (count != 0) link_.send(frame, {fds, count});
    pump_.close_tails();
}

void Monitor::tell_end() {
    const PlanMap map(plan_fd_);
    if (map.ok()) {
        const MemoryFacts memory = read_memory_facts(map.plan());
        facts_.peak_memory = memory.peak;
        facts_.oom_kills = memory.oom_kills;
    }
    // A record that finds no space is no loss while this process lives: Hello tells the same.
    const char* path = map.ok() ? map.plan().monitor.record_path.data() : nullptr;
    if (state_ == MonitorState::Failed) {
        const Failed failed{facts_.run, wall_ms(), failure()};
        if (path != nullptr) (void)write_record(path, failed);
        link_.send(failed);
    } else {
        const core::monitor_link::Exited exited{facts_};
        (void)write_record(path, exited);
        link_.send(exited);
    }
    // While potd records the end. With pid 1 every process of the pot is gone; a helper that was on its
    // way in may be left.
    if (map.ok() && !remove_cgroups(map.plan())) kill_cgroups(map.plan());
}

}  // namespace potd::monitor
