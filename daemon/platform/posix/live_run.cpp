#include "daemon/platform/posix/live_run.hpp"

#include "daemon/platform/posix/console.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/monitor_facts.hpp"
#include "daemon/platform/posix/spawn.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include <sys/wait.h>

namespace potd::platform {

namespace link = core::monitor_link;

namespace {

constexpr core::milliseconds monitor_patience{5'000}, kill_patience{10'000};
constexpr const char* monitor_died = "the monitor died";

}  // namespace

LiveRun::LiveRun(Parts parts, core::RunKey key, RunFiles files)
    : parts_(parts),
      key_(std::move(key)),
      name_(core::kernel_name(key_)),
      files_(std::move(files)),
      oom_pace_(parts.loop.timers, parts.loop.clock, [this](std::int64_t kills) { tell_oom(kills); }) {}

LiveRun::~LiveRun() {
    *alive_ = false;
    if (patience_ != 0) parts_.loop.timers.cancel(patience_);
    if (process_) parts_.loop.reactor.forget(process_.get());
}

void LiveRun::connect(UniqueFd socket, bool console) {
    link_ = std::make_unique<MonitorLink>(parts_.loop.reactor, std::move(socket));
    execs_->connect(link_.get());
    if (!console) return;
    console_ = early_console_ = Console::create(parts_.loop, execs_);
    early_console_->open();
}

std::shared_ptr<Console> LiveRun::console() {
    std::shared_ptr<Console> console = console_.lock();
    if (!console) console_ = console = Console::create(parts_.loop, execs_);
    early_console_.reset();
    return console;
}

void LiveRun::attend(ProcessHandle monitor) {
    processes_.monitor = monitor.identity();
    process_ = std::move(monitor);
    parts_.loop.reactor.wait(process_.get(), core::Reactor::Interest::Read, [this] { monitor_ended(); });
    link_->start([this](const link::FrameView& frame,
                        std::vector<UniqueFd> descriptors) { take(frame, std::move(descriptors)); },
                 [this] { link_closed(); });
}

void LiveRun::begin(ProcessHandle monitor) {
    attend(std::move(monitor));
    parts_.loop.executor.post([this, alive = alive_, identity = processes_.monitor] {
        if (*alive) parts_.observer.on_spawned(key_, identity);
    });
}

void LiveRun::adopt(ProcessHandle monitor, UniqueFd socket, core::Reply<core::Adopted> reply) {
    adopting_ = std::move(reply);
    connect(std::move(socket), false);
    attend(std::move(monitor));
    arm_patience(monitor_patience);
}

void LiveRun::adopt_orphan(core::Reply<core::Adopted> reply) {
    adopting_ = std::move(reply);
    parts_.loop.executor.post([this, alive = alive_] {
        if (*alive) conclude_without_monitor();
    });
}

void LiveRun::take(const link::FrameView& frame, std::vector<UniqueFd> descriptors) {
    switch (frame.type) {
        case link::FrameType::Hello: return take_hello(frame);
        case link::FrameType::Started: return take_started(frame);
        case link::FrameType::Failed: {
            link::Failed failed;
            if (link::decode_payload(frame, failed)) report_failed(failed.failure);
            return;
        }
        case link::FrameType::Oom: {
            link::Oom oom;
            if (link::decode_payload(frame, oom)) report_oom(oom.kills);
            return;
        }
        case link::FrameType::Exited: {
            link::Exited exited;
            if (link::decode_payload(frame, exited)) report_ended(exited.facts);
            return;
        }
        default: return execs_->take(frame, std::move(descriptors));
    }
}

void LiveRun::take_hello(const link::FrameView& frame) {
    link::Hello hello;
    if (!adopting_ || !link::decode_payload(frame, hello)) return;
    if (hello.run != key_.run) return kill_monitor();
    processes_ = link::to_processes(hello.processes);
    started_at_ = {hello.started_at_ms};
    switch (hello.state) {
        case link::MonitorState::Starting: return reply_adopted(core::Adopted::Kind::Starting);
        case link::MonitorState::Failed: return report_failed(hello.failure);
        case link::MonitorState::Ended: return report_ended(hello.exit);
        case link::MonitorState::Running: break;
    }
    phase_ = Phase::Running;
    reply_adopted(core::Adopted::Kind::Running);
    // One that was told before is no news to who has recorded it.
    if (hello.oom_kills > 0) report_oom(hello.oom_kills);
}

void LiveRun::report_oom(std::int64_t kills) {
    if (over()) return;
    told_kills_ = std::max(told_kills_, kills);
    oom_pace_.take(told_kills_);
}

void LiveRun::tell_oom(std::int64_t kills) {
    if (over()) return;
    core::OomFacts facts = parts_.enclosures.oom_facts(name_);
    facts.kills = kills;
    parts_.observer.on_oom(key_, facts);
}

void LiveRun::tell_oom(std::int64_t kills, const std::string& victim) {
    if (phase_ != Phase::Running || adopting_ || kills <= told_kills_) return;
    core::OomFacts facts = parts_.enclosures.oom_facts(name_);
    facts.kills = told_kills_ = kills;
    facts.victim = victim;
    facts.others_live = true;
    parts_.observer.on_oom(key_, facts);
}

void LiveRun::take_started(const link::FrameView& frame) {
    link::Started started;
    if (phase_ != Phase::Starting || !link::decode_payload(frame, started)) return;
    phase_ = Phase::Running;
    early_console_.reset();
    processes_ = link::to_processes(started.processes);
    started_at_ = {started.at_ms};
    parts_.observer.on_started(key_, processes_, started_at_);
}

void LiveRun::reply_adopted(core::Adopted::Kind kind, core::ExitRecord end) {
    if (patience_ != 0) parts_.loop.timers.cancel(std::exchange(patience_, 0));
    const auto reply = std::exchange(adopting_, {});
    reply(core::Adopted{kind, processes_, started_at_, std::move(end)});
}

void LiveRun::finish(int wait_status) {
    phase_ = Phase::Over;
    execs_->finish(wait_status);
}

/// Only of one that died as those do.
std::int64_t LiveRun::unseen_kills(const link::ExitFacts& facts) const {
    const int status = facts.has_main_status ? facts.main_status : facts.init_status;
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return killed && !kill_requested_ ? parts_.enclosures.unseen_oom_kills(name_) : 0;
}

void LiveRun::report_ended(const link::ExitFacts& facts) {
    if (over()) return;
    const bool was_starting = phase_ == Phase::Starting;
    started_at_ = {facts.started_at_ms};
    // A monitor that cannot see each of them may find out by the end of the command.
    link::ExitFacts whole = facts;
    whole.oom_kills = std::max({facts.oom_kills, told_kills_, unseen_kills(facts)});
    if (!adopting_ && !was_starting && whole.oom_kills > told_kills_) report_oom(whole.oom_kills);
    oom_pace_.flush();
    const core::ExitRecord record = to_record(whole, kill_requested_);
    finish(facts.has_main_status ? facts.main_status : facts.init_status);
    if (adopting_) return reply_adopted(core::Adopted::Kind::Ended, record);
    if (was_starting) parts_.observer.on_started(key_, processes_, started_at_);
    parts_.observer.on_exited(key_, record);
}

void LiveRun::report_failed(const link::Failure& failure) {
    if (over()) return;
    core::Error error = to_error(failure);
    for (const auto& [file, field] : setting_fields_) {
        if (failure.stage == link::Stage::Cgroup && error.message.find(file) != std::string::npos) {
            error.field = field;
            error.kind = core::ErrorKind::Unsupported;
        }
    }
    finish(SIGKILL);
    if (adopting_) {
        // Adoption knows no failed start: it is told as one that fails right after.
        reply_adopted(core::Adopted::Kind::Starting);
        parts_.loop.executor.post([this, alive = alive_, error] {
            if (*alive) parts_.observer.on_launch_failed(key_, error);
        });
        return;
    }
    parts_.observer.on_launch_failed(key_, error);
}

void LiveRun::report_lost() {
    if (over()) return;
    const bool was_starting = phase_ == Phase::Starting;
    oom_pace_.flush();
    finish(SIGKILL);
    const core::ExitRecord record = lost_record(parts_.loop.clock.wall(), monitor_died);
    if (adopting_) return reply_adopted(core::Adopted::Kind::Lost, record);
    if (!was_starting) return parts_.observer.on_exited(key_, record);
    parts_.observer.on_launch_failed(
        key_, core::error(core::ErrorKind::Internal, "the monitor died while it started the pot"));
}

void LiveRun::link_closed() {
    execs_->connect(nullptr);
    if (!over()) kill_monitor();
}

void LiveRun::kill_monitor() {
    // One that has ended by itself meanwhile cannot be signalled, and need not.
    if (process_) (void)signal_process(process_, SIGKILL);
}

void LiveRun::monitor_ended() {
    parts_.loop.reactor.forget(process_.get());
    // One adopted from an earlier potd is not our child and is reaped by the machine's init.
    (void)reap(process_);
    process_.reset();
    const std::shared_ptr<bool> alive = alive_;
    if (link_->open()) link_->drain();
    if (!*alive) return;
    if (!over()) conclude_without_monitor();
    tell_gone();
}

void LiveRun::tell_gone() {
    const auto calls = std::exchange(gone_, {});
    for (const auto& gone : calls) gone();
}

bool LiveRun::conclude_from_record() {
    const auto content = read_file(files_.record);
    if (!content) return false;
    const auto end = link::decode_record(content.value());
    if (!end || end->run != key_.run) return false;
    if (end->failed) {
        link::Failure failure = end->failure;
        failure.text = end->failure_text;
        report_failed(failure);
    } else {
        report_ended(end->facts);
    }
    return true;
}

void LiveRun::conclude_without_monitor() {
    if (conclude_from_record()) return;
    // Without an enclosure there is nothing of the run; other failures show as processes that stay.
    (void)parts_.enclosures.kill(name_);
    wait_ = parts_.enclosures.wait_until_empty(name_, kill_patience,
                                               [this](const core::Status&) { report_lost(); });
}

core::Status LiveRun::signal(int number, const core::SignalTarget& target) {
    if (over() || !link_) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    if (target.whom == core::SignalTarget::Processes)
        return parts_.enclosures.signal(name_, number, target.pids);
    const bool all = target.whom == core::SignalTarget::All;
    const auto scope = all ? link::SignalScope::All : link::SignalScope::Main;
    return link_->send_frame(link::Signal{number, scope});
}

void LiveRun::kill() {
    kill_requested_ = true;
    // Both ways: the frame reaches a run that is only starting, the enclosure one whose monitor hangs.
    if (link_ && link_->open() && !over()) (void)link_->send_frame(link::Kill{});
    (void)parts_.enclosures.kill(name_);
}

void LiveRun::arm_patience(core::milliseconds patience) {
    if (patience_ != 0) parts_.loop.timers.cancel(patience_);
    patience_ = parts_.loop.timers.arm(parts_.loop.clock.steady().plus(patience), [this] {
        patience_ = 0;
        kill_monitor();
    });
}

void LiveRun::let_go(std::function<void()> gone) {
    gone_.push_back(std::move(gone));
    const bool recorded = over();
    if (!recorded) {
        kill();
        finish(SIGKILL);
    }
    if (!process_) {
        parts_.loop.executor.post([this, alive = alive_] {
            if (*alive) tell_gone();
        });
        return;
    }
    if (!recorded || !link_->open() || !link_->send_frame(link::Taken{key_.run})) return kill_monitor();
    arm_patience(monitor_patience);
}

}  // namespace potd::platform
