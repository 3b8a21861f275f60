#include "daemon/monitor/monitor.hpp"

#include "daemon/monitor/exit_record.hpp"
#include "daemon/monitor/process.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/terminal.hpp"

#include <algorithm>

#include <fcntl.h>
#include <poll.h>

namespace potd::monitor {

using core::monitor_link::Failed;
using core::monitor_link::MonitorState;

namespace {

std::int64_t wall_ms() {
    return sys::wall_ns() / 1'000'000;
}

}  // namespace

/// One round of waiting: fixed places first, then those of the pot, then one for each exec.
struct Monitor::PollSet {
    enum Place { Connection, Listener, Output, Errors, Others };
    pollfd entries[Others + Pot::max_fds + ExecTable::max_execs];
    std::size_t pot_count = 0, exec_count = 0;

    void watch(Place place, int fd) { entries[place] = {fd, POLLIN, 0}; }
    void watch(Place place, LogPump::Wanted wanted) {
        entries[place] = {wanted.fd, static_cast<short>(wanted.writing ? POLLOUT : POLLIN), 0};
    }
    [[nodiscard]] bool ready(Place place) const { return entries[place].revents != 0; }
    [[nodiscard]] std::span<const pollfd> pot() const { return {entries + Others, pot_count}; }
    [[nodiscard]] std::span<const pollfd> execs() const { return {entries + Others + pot_count, exec_count}; }
    /// milliseconds < 0: for ever. False if nothing came.
    bool wait(int milliseconds) {
        return sys::poll({entries, Others + pot_count + exec_count}, milliseconds) > 0;
    }
};

void Monitor::run(int link, int plan_fd) {
    plan_fd_ = plan_fd;
    link_.adopt(link);
    start();
    while (!taken_) serve();
}

void Monitor::start() {
    processes_.monitor = identify(sys::own_pid());
    bool ready = false;
    {
        const RunMap map(plan_fd_);
        if (!map.ok()) {
            fail(fault_, Stage::Plan, 0, "the launch plan cannot be read");
            state_ = MonitorState::Failed;
            return tell_end();
        }
        facts_.run = map.plan().monitor.run;
        ready = take_place(map.plan()) && open_log(map.plan());
    }
    const bool launched = ready && launch_pot();
    if (taken_) return;
    say_hello();
    if (launched) return;
    state_ = MonitorState::Failed;
    tell_end();
}

/// From here on every potd finds this monitor. If the one that sent it died before, the next one may have
/// looked in vain and taken the run for one that never began: then it has sent another monitor, to the same
/// place, and this one never does anything. The lock is for the two of them. False: leave, or `fault_`.
bool Monitor::take_place(const platform::RunView& plan) {
    const auto& part = plan.monitor;
    const int alone = sys::lock_directory(part.log_directory.data());
    if (alone < 0) return fail(fault_, Stage::Log, alone, "open the log in", part.log_directory);
    const int listening = link_.abandoned() ? 0 : link_.listen(part.socket_path.data());
    taken_ = listening >= 0 && link_.abandoned() && !found_by_the_next(part.socket_path.data());
    sys::close(alone);
    if (listening < 0) return fail(fault_, Stage::Internal, listening, "listen at", part.socket_path);
    return !taken_;
}

/// The place is given up, unless the next potd has come to it already: to that one the run is this one's.
bool Monitor::found_by_the_next(const char* place) {
    if (link_.listener() < 0) return false;
    (void)sys::unlink_at(AT_FDCWD, place);
    return link_.accept() && link_.listen(place) == 0;
}

bool Monitor::open_log(const platform::RunView& plan) {
    const auto& part = plan.monitor;
    const int log =
        pump_.open_log(part.log_directory.data(), {part.log_max_size, part.log_max_files, part.run});
    return log >= 0 || fail(fault_, Stage::Log, log, "open the log in", part.log_directory);
}

bool Monitor::launch_pot() {
    if (!pot_.launch(plan_fd_, streams_, fault_)) return false;
    pump_.set_source(LogPump::Source::Output, streams_.output);
    pump_.set_source(LogPump::Source::Errors, streams_.errors);
    processes_.init = pot_.processes().init;
    return true;
}

void Monitor::serve() {
    PollSet set;
    set.watch(PollSet::Connection, link_.connection());
    set.watch(PollSet::Listener, link_.listener());
    set.watch(PollSet::Output, pump_.wanted(LogPump::Source::Output));
    set.watch(PollSet::Errors, pump_.wanted(LogPump::Source::Errors));
    set.pot_count = pot_.fill({set.entries + PollSet::Others, Pot::max_fds});
    set.exec_count = execs_.fill({set.entries + PollSet::Others + set.pot_count, ExecTable::max_execs});
    if (set.wait(patience())) {
        handle(set);
        return execs_.give_up_late();
    }
    execs_.give_up_late();
    rest();
    if (pot_.patience() >= 0) look_at_pot({});
}

int Monitor::patience() const {
    constexpr int rest_after = 1000;
    const auto sooner = [](int one, int other) {
        return one < 0 || (other >= 0 && other < one) ? other : one;
    };
    const int due = sooner(pot_.patience(), execs_.patience());
    if (due >= 0 && due < rest_after) return due;
    return pump_.touched() || execs_.has_strays() ? rest_after : due;
}

void Monitor::rest() {
    pump_.rest();
    link_.give_back();
    pot_.rest();
    give_back_stack();
    if (execs_.has_strays()) execs_.reap_strays();
}

void Monitor::handle(const PollSet& set) {
    if (set.ready(PollSet::Listener) && link_.accept())
        say_hello();
    else if (set.ready(PollSet::Connection))
        take_frame();
    if (set.ready(PollSet::Output)) pump_.pump(LogPump::Source::Output);
    if (set.ready(PollSet::Errors)) pump_.pump(LogPump::Source::Errors);
    execs_.handle(set.execs());
    if (!set.pot().empty()) look_at_pot(set.pot());
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
                execs_.start(frame, packet, state_ == MonitorState::Running, plan_fd_);
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
            sys::close(streams_.input);
            streams_.input = -1;
            return;
        case link::FrameType::Taken: return with(link::Taken{}, [&](auto& frame) { on_taken(frame); });
        default: return;  // from a newer potd
    }
}

void Monitor::on_signal(const core::monitor_link::Signal& frame) {
    if (state_ != MonitorState::Running) return;
    facts_.signal_requested = frame.number;
    pot_.signal(frame.number, frame.scope);
}

void Monitor::on_kill() {
    if (!running()) return;
    facts_.kill_requested = true;
    pot_.kill(plan_fd_);
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
    const int input[] = {terminal_ >= 0 ? terminal_ : streams_.input};
    link_.send(core::monitor_link::Attached{input[0] >= 0, terminal_ >= 0},
               {input, std::size_t{input[0] >= 0 ? 1U : 0U}});
}

void Monitor::on_taken(const core::monitor_link::Taken& frame) {
    if (running() || frame.run != facts_.run) return;
    const RunMap map(plan_fd_);
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
    hello.oom_kills = std::max<std::int64_t>(0, facts_.oom_kills);
    if (state_ == MonitorState::Ended) hello.exit = facts_;
    if (state_ == MonitorState::Failed) hello.failure = failure();
    link_.send(hello);
}

// ---- the pot ---------------------------------------------------------------------------------------

void Monitor::look_at_pot(std::span<const pollfd> entries) {
    PotNews news;
    pot_.look(entries, news, fault_);
    if (news.started) on_started(news);
    if (news.oom_kills > 0) on_oom(news);
    if (news.main_ended) {
        facts_.has_main_status = true;
        facts_.main_status = news.main_status;
    }
    if (news.ended) on_end(news);
}

void Monitor::on_started(const PotNews& news) {
    facts_.started_at_ms = wall_ms();
    state_ = MonitorState::Running;
    terminal_ = news.terminal;
    if (terminal_ >= 0) {
        const int output = sys::duplicate(terminal_);
        if (sys::set_nonblocking(output) >= 0) pump_.set_source(LogPump::Source::Output, output);
    }
    processes_.init = news.processes.init;
    processes_.main = news.processes.main;
    link_.send(core::monitor_link::Started{processes_, facts_.started_at_ms});
    if (answer_due_) answer_attach();
    answer_due_ = false;
    sys::put_over(0, 2);  // potd's standard error is not needed any more
    give_back_stack();
}

void Monitor::on_oom(const PotNews& news) {
    facts_.oom_kills = news.oom_kills;
    link_.send(core::monitor_link::Oom{news.oom_kills});
    if (news.kill && running()) pot_.kill(plan_fd_);
}

void Monitor::on_end(const PotNews& news) {
    facts_.init_status = news.init_status;
    facts_.ended_at_ms = wall_ms();
    execs_.finish();
    sys::close(streams_.input);
    sys::close(terminal_);
    streams_.input = terminal_ = -1;
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
    const RunMap map(plan_fd_);
    if (map.ok()) pot_.count(plan_fd_, facts_);
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
    // While potd records the end.
    if (map.ok()) pot_.clean(plan_fd_);
}

}  // namespace potd::monitor
