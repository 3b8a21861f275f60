#include "core/lifecycle/life.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace potd::core {
namespace {

/// One transition under construction: the copy that becomes the next state, and what it asks for.
struct Step {
    Outcome out;
    const LifeEvent& event;
    const Now& now;

    Pot& pot() { return out.next.pot; }
    Run& run() { return *out.next.pot.run; }
    template <class E>
    const E& as() const {
        return *std::get_if<E>(&event);
    }

    void enter(PotState state) {
        pot().state = state;
        touch();
    }
    void touch() {
        pot().changed_at = now.wall;
        ++pot().version;
        out.changed = true;
    }
    void note(std::string_view type, std::map<std::string, std::string> details = {}) {
        out.events.push_back({0, now.wall, std::string(type), pot().id.text, pot().spec.name,
                              pot().run ? pot().run->number : 0, std::move(details)});
    }
    void act(Effect effect) { out.effects.push_back(std::move(effect)); }
    void answer(RequestId request, std::optional<Error> error = {}) {
        act(Answer{request, std::move(error)});
    }
    void await(RequestId request, Goal goal) { out.next.waiting.push_back({request, goal}); }

    /// Answers and forgets every waiting request with this goal.
    void answer_all(Goal goal, const std::optional<Error>& error = {}) {
        auto& waiting = out.next.waiting;
        for (const Waiting& one : waiting) {
            if (one.goal == goal) answer(one.request, error);
        }
        std::erase_if(waiting, [goal](const Waiting& one) { return one.goal == goal; });
    }
};

using Handler = void (*)(Step&);

Error conflict(const Pot& pot, std::string_view verb) {
    return error(ErrorKind::Conflict, "pot " + pot.spec.name + " is " + std::string(to_string(pot.state)) +
                                          ", cannot " + std::string(verb) + " it");
}

void refuse(Step& step) {
    if (const RequestId request = request_of(step.event); request != 0) {
        step.answer(request, conflict(step.pot(), verb_of(step.event)));
    }
}

void ignore(Step&) {}

// Starting

void begin_run(Step& step) {
    Run next;
    next.number = step.pot().run ? step.pot().run->number + 1 : 1;
    next.requested_at = step.now.wall;
    next.boot_id = step.now.boot_id;
    step.pot().run = std::move(next);
    step.pot().desired = Desired::Running;
    step.pot().last_error.clear();
    step.out.next.changing_freeze = false;
    step.enter(PotState::Starting);
    step.out.run_changed = true;
    step.note("pot.starting");
    step.act(Launch{step.run().number});
}

void start(Step& step) {
    begin_run(step);
    step.out.intent = true;
    step.await(step.as<StartAsked>().request, Goal::Running);
}

void restart_of_ended(Step& step) {
    begin_run(step);
    step.out.intent = true;
    step.await(step.as<RestartAsked>().request, Goal::Running);
}

void started(Step& step) {
    const Started& event = step.as<Started>();
    step.run().processes = event.processes;
    step.run().started_at = event.at;
    step.enter(PotState::Running);
    step.out.run_changed = true;
    step.note("pot.started");
    step.answer_all(Goal::Running);
}

/// The stop came while the monitor was still at work; what it brought up is killed at once.
void started_too_late(Step& step) {
    const Started& event = step.as<Started>();
    step.run().processes = event.processes;
    step.run().started_at = event.at;
    step.touch();
    step.out.run_changed = true;
    step.act(KillAll{event.run});
}

void end_run(Step& step, ExitRecord record) {
    step.run().end = std::move(record);
    step.run().processes = {};
    step.out.run_changed = true;
    step.act(CancelStopTimer{});
    step.act(ReleaseRun{step.run().number});
}

constexpr std::string_view start_failed_reason = "start failed: ";

void launch_failed(Step& step) {
    const LaunchFailed& event = step.as<LaunchFailed>();
    ExitRecord record;
    record.ended_at = step.now.wall;
    record.reason = std::string(start_failed_reason) + event.error.message;
    step.pot().last_error = event.error.message;
    step.pot().desired = Desired::Stopped;
    step.note("pot.start_failed", {{"reason", event.error.message}});
    step.enter(PotState::Stopping);
    Error answer = event.error;
    step.answer_all(Goal::Running, std::move(answer).in("pot " + step.pot().spec.name));
    end_run(step, std::move(record));
}

/// A stop or destroy cut the launch short: that is no failure.
void launch_interrupted(Step& step) {
    ExitRecord record;
    record.ended_at = step.now.wall;
    record.reason = "stopped";
    step.touch();
    end_run(step, std::move(record));
}

// Ending

std::map<std::string, std::string> details_of(const ExitRecord& record) {
    std::map<std::string, std::string> details{{"reason", record.reason}};
    if (record.exit_code) details["exit_code"] = std::to_string(*record.exit_code);
    if (record.signal) details["signal"] = std::to_string(*record.signal);
    if (record.oom) details["oom"] = "true";
    if (record.lost) details["lost"] = "true";
    return details;
}

/// What the user did explains an end better than the signal that carried it out.
void explain(ExitRecord& record, PotState state) {
    if (record.lost) return;
    if (record.oom) {
        record.reason = "oom";
    } else if (state == PotState::Stopping || state == PotState::Destroying) {
        record.reason = "stopped";
    } else if (record.signal) {
        record.reason = "killed";
    } else {
        record.reason = "exited";
    }
}

void record_end(Step& step, ExitRecord record) {
    const PotState before = step.pot().state;
    explain(record, before);
    if (record.lost) step.pot().last_error = record.reason;
    step.note("pot.exited", details_of(record));
    const bool by_itself =
        before == PotState::Running || before == PotState::Paused || before == PotState::Starting;
    if (by_itself) {
        step.pot().desired = Desired::Stopped;
        const Error ended =
            error(ErrorKind::Conflict, "pot " + step.pot().spec.name + " has ended: " + record.reason);
        for (const Goal goal : {Goal::Running, Goal::Paused, Goal::Resumed}) step.answer_all(goal, ended);
    }
    if (before != PotState::Destroying)
        step.enter(PotState::Stopping);
    else
        step.touch();
    end_run(step, std::move(record));
}

void exited(Step& step) {
    record_end(step, step.as<Exited>().record);
}

void remove_pot(Step& step) {
    step.out.removed = true;
    step.note("pot.destroyed");
    step.act(DiscardFiles{});
    step.answer_all(Goal::Stopped);
    step.answer_all(Goal::Gone);
}

bool start_failed(const Run& run) {
    return run.end && run.end->reason.starts_with(start_failed_reason);
}

void released(Step& step) {
    if (const auto& problem = step.as<Released>().problem) {
        step.pot().last_error = "left over: " + problem->message;
    }
    const bool restart = step.pot().state == PotState::Stopping && step.pot().desired == Desired::Running;
    if (step.out.next.destroy_when_ended || (step.pot().spec.remove_on_exit && !restart)) {
        remove_pot(step);
        return;
    }
    const bool failed = start_failed(step.run());
    step.enter(failed ? PotState::Failed : PotState::Stopped);
    step.note(failed ? "pot.failed" : "pot.stopped");
    step.answer_all(Goal::Stopped);
    if (restart) begin_run(step);
}

// Stopping

void kill_now(Step& step) {
    step.out.next.kill_at = step.now.steady;
    step.act(KillAll{step.run().number});
}

void interrupt_others(Step& step, std::string_view by) {
    const Error gone = error(ErrorKind::Cancelled, "pot " + step.pot().spec.name + " was " + std::string(by) +
                                                       " by another request");
    for (const Goal goal : {Goal::Running, Goal::Paused, Goal::Resumed}) step.answer_all(goal, gone);
}

/// Asks the run to end: signal, then the timer whose end is KillAll.
void ask_to_end(Step& step, milliseconds timeout, int signal) {
    const bool frozen = step.pot().state == PotState::Paused;
    const bool launching = step.pot().state == PotState::Starting;
    step.enter(PotState::Stopping);
    step.out.intent = true;
    step.note("pot.stopping");
    if (frozen) step.act(SetFrozen{step.run().number, false});
    if (launching || timeout.count() == 0) {
        kill_now(step);
        return;
    }
    step.act(SendSignal{step.run().number, signal});
    step.out.next.kill_at = step.now.steady.plus(timeout);
    step.act(ArmStopTimer{step.run().number, step.out.next.kill_at});
}

void stop(Step& step) {
    const StopAsked& event = step.as<StopAsked>();
    interrupt_others(step, "stopped");
    step.pot().desired = Desired::Stopped;
    ask_to_end(step, event.timeout, event.signal);
    step.await(event.request, Goal::Stopped);
}

void restart(Step& step) {
    const RestartAsked& event = step.as<RestartAsked>();
    interrupt_others(step, "restarted");
    step.pot().desired = Desired::Running;
    ask_to_end(step, event.timeout, event.signal);
    step.await(event.request, Goal::Running);
}

/// A second stop joins the first; it may only shorten the time that is left.
void join_stop(Step& step) {
    const StopAsked& event = step.as<StopAsked>();
    if (step.pot().desired == Desired::Running) {
        interrupt_others(step, "stopped");
        step.pot().desired = Desired::Stopped;
        step.touch();
    }
    step.out.intent = true;
    step.await(event.request, Goal::Stopped);
    const SteadyTime due = step.now.steady.plus(event.timeout);
    if (step.run().end || due >= step.out.next.kill_at) return;
    step.out.next.kill_at = due;
    if (event.timeout.count() == 0)
        kill_now(step);
    else
        step.act(ArmStopTimer{step.run().number, due});
}

void stop_of_ended(Step& step) {
    if (step.pot().desired != Desired::Stopped) {
        step.pot().desired = Desired::Stopped;
        step.touch();
        step.out.intent = true;
    }
    step.answer(step.as<StopAsked>().request);
}

void stop_timed_out(Step& step) {
    if (step.run().end) return;
    step.note("pot.killing");
    kill_now(step);
}

// Pausing

void pause(Step& step) {
    if (step.out.next.changing_freeze) {
        refuse(step);
        return;
    }
    step.out.next.changing_freeze = true;
    step.await(step.as<PauseAsked>().request, Goal::Paused);
    step.act(SetFrozen{step.run().number, true});
}

void resume(Step& step) {
    if (step.out.next.changing_freeze) {
        refuse(step);
        return;
    }
    step.out.next.changing_freeze = true;
    step.await(step.as<ResumeAsked>().request, Goal::Resumed);
    step.act(SetFrozen{step.run().number, false});
}

void freeze_done(Step& step) {
    const FreezeDone& event = step.as<FreezeDone>();
    step.out.next.changing_freeze = false;
    const Goal goal = event.frozen ? Goal::Paused : Goal::Resumed;
    if (event.problem) {
        step.answer_all(goal, *event.problem);
        return;
    }
    step.enter(event.frozen ? PotState::Paused : PotState::Running);
    step.out.intent = true;
    step.note(event.frozen ? "pot.paused" : "pot.resumed");
    step.answer_all(goal);
}

// Destroying

void destroy(Step& step) {
    step.out.intent = true;
    step.await(step.as<DestroyAsked>().request, Goal::Gone);
    remove_pot(step);
}

void destroy_live(Step& step) {
    const DestroyAsked& event = step.as<DestroyAsked>();
    if (!event.force) {
        step.answer(event.request, error(ErrorKind::Conflict, "pot " + step.pot().spec.name + " is " +
                                                                  std::string(to_string(step.pot().state)) +
                                                                  "; stop it first or use force"));
        return;
    }
    interrupt_others(step, "destroyed");
    step.pot().desired = Desired::Stopped;
    step.out.next.destroy_when_ended = true;
    const bool ended = step.run().end.has_value();
    step.enter(PotState::Destroying);
    step.out.intent = true;
    step.note("pot.destroying");
    step.await(event.request, Goal::Gone);
    if (!ended) kill_now(step);
}

void join_destroy(Step& step) {
    step.out.intent = true;
    step.await(step.as<DestroyAsked>().request, Goal::Gone);
}

// Changing

void change(Step& step) {
    const ChangeAsked& event = step.as<ChangeAsked>();
    if (event.previous != step.pot().spec) {
        step.answer(event.request,
                    error(ErrorKind::Conflict,
                          "pot " + step.pot().spec.name + " was changed by another request; try again"));
        return;
    }
    const bool renamed = event.next.name != step.pot().spec.name;
    const std::string before = step.pot().spec.name;
    step.pot().spec = event.next;
    step.touch();
    step.out.intent = true;
    if (renamed)
        step.note("pot.renamed", {{"from", before}});
    else
        step.note("pot.changed");
    step.answer(event.request);
}

// After a restart of potd

void recovered(Step& step) {
    const Recovered& event = step.as<Recovered>();
    step.out.next.destroy_when_ended = step.pot().state == PotState::Destroying;
    switch (event.finding) {
        case Recovered::Finding::Starting: break;
        case Recovered::Finding::Running:
            step.run().processes = event.processes;
            step.run().started_at = event.started_at;
            step.out.run_changed = true;
            if (step.pot().state == PotState::Starting) {
                step.enter(PotState::Running);
                step.note("pot.started");
            }
            break;
        case Recovered::Finding::Ended:
            // The record may have been stored just before the crash: then only the release is due.
            if (step.run().end)
                step.act(ReleaseRun{step.run().number});
            else
                record_end(step, event.record);
            return;
    }
    if (step.pot().state == PotState::Destroying) {
        kill_now(step);
    } else if (step.pot().state == PotState::Stopping) {
        const StopSpec& spec = step.pot().spec.stop;
        step.act(SendSignal{step.run().number, spec.signal});
        step.out.next.kill_at = step.now.steady.plus(spec.timeout);
        step.act(ArmStopTimer{step.run().number, step.out.next.kill_at});
    }
}

// The table

using enum PotState;
constexpr std::size_t state_count = 9;

template <class E>
constexpr std::size_t index_of() {
    std::size_t index = 0;
    [&]<class... All>(const std::variant<All...>*) {
        std::size_t i = 0;
        ((std::is_same_v<E, All> ? static_cast<void>(index = i) : static_cast<void>(0), ++i), ...);
    }(static_cast<const LifeEvent*>(nullptr));
    return index;
}

struct Row {
    PotState state;
    std::size_t event;
    Handler handler;
};

template <class E>
constexpr Row row(PotState state, Handler handler) {
    return {state, index_of<E>(), handler};
}

/// The whole behaviour of a pot. What is not listed is refused (requests) or ignored (observations).
constexpr std::array table{
    row<StartAsked>(Created, start),
    row<StartAsked>(Stopped, start),
    row<StartAsked>(Failed, start),

    row<StopAsked>(Created, stop_of_ended),
    row<StopAsked>(Stopped, stop_of_ended),
    row<StopAsked>(Failed, stop_of_ended),
    row<StopAsked>(Starting, stop),
    row<StopAsked>(Running, stop),
    row<StopAsked>(Paused, stop),
    row<StopAsked>(Stopping, join_stop),

    row<RestartAsked>(Created, restart_of_ended),
    row<RestartAsked>(Stopped, restart_of_ended),
    row<RestartAsked>(Failed, restart_of_ended),
    row<RestartAsked>(Running, restart),
    row<RestartAsked>(Paused, restart),

    row<PauseAsked>(Running, pause),
    row<ResumeAsked>(Paused, resume),

    row<DestroyAsked>(Created, destroy),
    row<DestroyAsked>(Stopped, destroy),
    row<DestroyAsked>(Failed, destroy),
    row<DestroyAsked>(Starting, destroy_live),
    row<DestroyAsked>(Running, destroy_live),
    row<DestroyAsked>(Paused, destroy_live),
    row<DestroyAsked>(Stopping, destroy_live),
    row<DestroyAsked>(Destroying, join_destroy),

    row<ChangeAsked>(Created, change),
    row<ChangeAsked>(Stopped, change),
    row<ChangeAsked>(Failed, change),
    row<ChangeAsked>(Running, change),
    row<ChangeAsked>(Paused, change),

    row<Started>(Starting, started),
    row<Started>(Stopping, started_too_late),
    row<Started>(Destroying, started_too_late),

    row<LaunchFailed>(Starting, launch_failed),
    row<LaunchFailed>(Stopping, launch_interrupted),
    row<LaunchFailed>(Destroying, launch_interrupted),

    row<Exited>(Starting, exited),
    row<Exited>(Running, exited),
    row<Exited>(Paused, exited),
    row<Exited>(Stopping, exited),
    row<Exited>(Destroying, exited),

    row<StopTimedOut>(Stopping, stop_timed_out),

    row<FreezeDone>(Running, freeze_done),
    row<FreezeDone>(Paused, freeze_done),

    row<Released>(Stopping, released),
    row<Released>(Destroying, released),

    row<Recovered>(Starting, recovered),
    row<Recovered>(Running, recovered),
    row<Recovered>(Paused, recovered),
    row<Recovered>(Stopping, recovered),
    row<Recovered>(Destroying, recovered),
};

constexpr auto lookup = [] {
    std::array<std::array<Handler, std::variant_size_v<LifeEvent>>, state_count> cells{};
    for (const Row& one : table) cells[static_cast<std::size_t>(one.state)][one.event] = one.handler;
    return cells;
}();

/// Observations of a run that is not the pot's current one, or that has its record already, are late echoes.
bool is_stale(const Life& life, const LifeEvent& event) {
    const auto current = [&life](std::uint32_t run) { return life.pot.run && life.pot.run->number == run; };
    const auto live = [&](std::uint32_t run) { return current(run) && !life.pot.run->end; };
    if (const auto* e = std::get_if<Started>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<LaunchFailed>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<Exited>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<StopTimedOut>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<FreezeDone>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<Released>(&event)) return !current(e->run) || !life.pot.run->end;
    return false;
}

}  // namespace

Outcome on(const Life& life, const LifeEvent& event, const Now& now) {
    Step step{{life, {}, {}}, event, now};
    if (is_stale(life, event)) return std::move(step.out);
    const Handler known = lookup[static_cast<std::size_t>(life.pot.state)][event.index()];
    const Handler otherwise = request_of(event) != 0 ? refuse : ignore;
    (known != nullptr ? known : otherwise)(step);
    return std::move(step.out);
}

RequestId request_of(const LifeEvent& event) {
    return std::visit(
        [](const auto& e) -> RequestId {
            if constexpr (requires { e.request; })
                return e.request;
            else
                return 0;
        },
        event);
}

std::string_view verb_of(const LifeEvent& event) {
    static constexpr std::array<std::string_view, std::variant_size_v<LifeEvent>> verbs{
        "start",   "stop",          "restart", "pause",          "resume",   "destroy",     "change",
        "started", "launch failed", "exited",  "stop timed out", "released", "freeze done", "recovered"};
    return verbs[event.index()];
}

}  // namespace potd::core
