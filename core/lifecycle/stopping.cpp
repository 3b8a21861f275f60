#include "core/base/shortened.hpp"
#include "core/lifecycle/step.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

// Asking a run to end, and what happens when it does not listen.

namespace potd::core {

void arm_timer(Step& step, SteadyTime due) {
    step.out.next.timer = due;
    step.act(ArmTimer{step.run().number, due});
}

void cancel_timer(Step& step) {
    step.out.next.timer.reset();
    step.act(CancelTimer{});
}

void kill_now(Step& step) {
    step.out.next.timer = step.now.steady;
    if (step.run().running_hook() != nullptr) {
        step.out.next.hurry = step.run().stage == RunStage::Prestop;
        step.act(CancelHook{step.run().number});
    } else {
        step.out.next.stop_command_runs = false;
        step.act(KillAll{step.run().number});
    }
}

void interrupt_others(Step& step, std::string_view by) {
    const Error gone = error(ErrorKind::Cancelled, "pot " + step.pot().spec.name + " was " + std::string(by) +
                                                       " by another request");
    for (const Goal goal : {Goal::Running, Goal::Paused, Goal::Resumed}) step.answer_all(goal, gone);
}

ExitRecord stopped_record(const Step& step) {
    ExitRecord record;
    record.ended_at = step.now.wall;
    record.reason = "stopped";
    return record;
}

void begin_stop(Step& step, StopCause cause, const StopSpec& how) {
    step.run().stop_cause = cause;
    step.out.run_changed = true;
    step.out.next.stop_timeout = how.timeout;
    step.out.next.stop_signal = how.signal;
    step.out.next.stop_by_signal = how.command.empty();
    const RunStage stage = step.run().stage;
    const bool in_hook = step.run().running_hook() != nullptr;
    if (stage == RunStage::Waiting) {
        end_run(step, stopped_record(step));
    } else if (stage == RunStage::Up || (stage == RunStage::Poststart && !in_hook)) {
        begin_hooks(step, HookStage::Prestop);
    } else if (stage == RunStage::Launching || how.timeout.count() == 0) {
        kill_now(step);
    } else {
        // A hook of the start may finish, within the time a command would have.
        arm_timer(step, step.now.steady.plus(how.timeout));
    }
}

void ask_to_end(Step& step) {
    enter_stage(step, RunStage::Ending);
    const milliseconds timeout = step.out.next.stop_timeout;
    if (step.pot().state == PotState::Destroying || timeout.count() == 0) {
        kill_now(step);
        return;
    }
    Life& life = step.out.next;
    life.stop_command_runs = !life.stop_by_signal && !step.pot().spec.stop.command.empty();
    if (life.stop_command_runs)
        step.act(RunStopCommand{step.run().number, timeout});
    else
        step.act(SendSignal{step.run().number, life.stop_signal});
    arm_timer(step, step.now.steady.plus(timeout));
}

/// It has asked the pot to end, in its own way, and the time for that goes on. Where it could not, and where
/// there is no command that could listen, the signal follows.
void stop_command_done(Step& step) {
    if (!std::exchange(step.out.next.stop_command_runs, false)) return;  // it was killed with the rest
    if (const auto& problem = step.as<StopCommandDone>().problem) {
        step.pot().last_error = "stop command: " + problem->message;
        step.touch();
        step.note("pot.stop_command_failed", {{"why", problem->message}});
    } else if (step.run().processes.main.pid != 0) {
        return;
    }
    step.act(SendSignal{step.run().number, step.out.next.stop_signal});
}

void thaw(Step& step) {
    if (step.pot().state == PotState::Paused || step.out.next.changing_freeze)
        step.act(SetFrozen{step.run().number, false});
}

namespace {

/// Events are kept for long, and a pot says what its checks print as often as it likes.
constexpr std::size_t longest_why = 512;

StopSpec how_to_stop(const Step& step, int signal, milliseconds timeout, bool by_signal) {
    StopSpec how{signal, timeout};
    if (!by_signal) how.command = step.out.next.pot.spec.stop.command;
    return how;
}

void stop_for(Step& step, StopCause cause, Desired desired, const StopSpec& how) {
    thaw(step);
    step.pot().desired = desired;
    step.enter(PotState::Stopping);
    step.out.intent = true;
    step.note("pot.stopping");
    begin_stop(step, cause, how);
}

}  // namespace

void health_found(Step& step) {
    const HealthFound& event = step.as<HealthFound>();
    Pot& pot = step.pot();
    if (pot.health == event.health) return;
    pot.health = event.health;
    step.touch();
    if (event.health != Health::Unhealthy) {
        step.note("pot.healthy");
        return;
    }
    const std::string why = shortened(event.why, longest_why);
    pot.last_error = "unhealthy: " + why;
    step.note("pot.unhealthy", {{"why", why}});
    if (pot.spec.health.on_unhealthy == OnUnhealthy::None) return;
    const bool again = pot.spec.health.on_unhealthy == OnUnhealthy::Restart;
    interrupt_others(step, again ? "restarted as it is unhealthy" : "stopped as it is unhealthy");
    stop_for(step, StopCause::Unhealthy, again ? Desired::Running : Desired::Stopped, pot.spec.stop);
}

/// Also of a run that ends anyway.
void oom_noted(Step& step) {
    const OomFacts& facts = step.as<OomSeen>().facts;
    step.run().oom_kills = facts.kills;
    step.run().oom_victim = facts.victim;
    step.out.run_changed = true;
    step.touch();
    std::map<std::string, std::string> details{
        {"kills", std::to_string(facts.kills)},
        {"policy", std::string(to_string(step.pot().spec.oom.policy))}};
    if (!facts.victim.empty()) details["victim"] = facts.victim;
    // What held it may be gone before it is asked.
    const std::int64_t limit = facts.limit.value_or(step.pot().spec.limits.memory);
    if (limit != 0) details["limit"] = std::to_string(limit);
    if (facts.peak) details["peak"] = std::to_string(*facts.peak);
    step.note("pot.oom", std::move(details));
}

/// With the policy Kill, the monitor has killed the rest already where it can: its end follows.
void oom_seen(Step& step) {
    oom_noted(step);
    const OomPolicy policy = step.pot().spec.oom.policy;
    if (policy == OomPolicy::Kill && step.as<OomSeen>().facts.others_live) {
        step.act(KillAll{step.run().number});
        return;
    }
    if (policy != OomPolicy::Restart && policy != OomPolicy::Stop) return;
    const bool again = policy == OomPolicy::Restart;
    const std::string& victim = step.run().oom_victim;
    step.pot().last_error = "out of memory" + (victim.empty() ? "" : ": the kernel killed " + victim);
    interrupt_others(step, again ? "restarted as it ran out of memory" : "stopped as it ran out of memory");
    stop_for(step, StopCause::Oom, again ? Desired::Running : Desired::Stopped, step.pot().spec.stop);
}

/// What follows is for the policy to say, as after an end by itself.
void give_way(Step& step) {
    const GaveWay& event = step.as<GaveWay>();
    interrupt_others(step, "ended for want of room");
    step.pot().last_error = event.why;
    if (!event.at_once) {
        stop_for(step, StopCause::Pressure, step.pot().desired, step.pot().spec.stop);
        return;
    }
    thaw(step);
    step.enter(PotState::Stopping);
    step.out.intent = true;
    step.note("pot.killing");
    step.run().stop_cause = StopCause::Pressure;
    step.out.run_changed = true;
    step.out.next.stop_timeout = milliseconds{0};
    if (step.run().running_hook() == nullptr) enter_stage(step, RunStage::Ending);
    kill_now(step);
}

/// Of one that takes its time to stop.
void give_way_at_once(Step& step) {
    if (!step.as<GaveWay>().at_once) return;
    step.out.next.stop_timeout = milliseconds{0};
    step.note("pot.killing");
    kill_now(step);
}

void stop(Step& step) {
    const StopAsked& event = step.as<StopAsked>();
    interrupt_others(step, "stopped");
    step.await(event.request, Goal::Stopped);
    stop_for(step, StopCause::Stop, Desired::Stopped,
             how_to_stop(step, event.signal, event.timeout, event.by_signal));
}

void restart(Step& step) {
    const RestartAsked& event = step.as<RestartAsked>();
    interrupt_others(step, "restarted");
    step.await(event.request, Goal::Running);
    stop_for(step, StopCause::Restart, Desired::Running,
             how_to_stop(step, event.signal, event.timeout, event.by_signal));
}

/// Whoever waits for it to be up will see it up, only later.
void step_aside(Step& step) {
    const RequestId request = step.as<StepAsideAsked>().request;
    if (step.run().stage == RunStage::Waiting) {
        step.answer(request);
        return;
    }
    const Error cut = error(ErrorKind::Cancelled, "pot " + step.pot().spec.name +
                                                      " was stopped as a pot it depends on is restarted");
    for (const Goal goal : {Goal::Paused, Goal::Resumed}) step.answer_all(goal, cut);
    step.await(request, Goal::Stopped);
    stop_for(step, StopCause::Dependency, Desired::Running, step.pot().spec.stop);
}

void join_end(Step& step) {
    step.await(step.as<StepAsideAsked>().request, Goal::Stopped);
}

void is_aside(Step& step) {
    step.answer(step.as<StepAsideAsked>().request);
}

/// A second stop joins the first; it may only shorten the time that is left.
void join_stop(Step& step) {
    const StopAsked& event = step.as<StopAsked>();
    Life& life = step.out.next;
    if (step.pot().desired == Desired::Running) {
        interrupt_others(step, "stopped");
        step.pot().desired = Desired::Stopped;
        step.touch();
    }
    // Also if it is wanted down already: that may have been an observation, which a power cut forgets.
    step.out.changed = step.out.intent = true;
    step.await(event.request, Goal::Stopped);
    const SteadyTime due = step.now.steady.plus(event.timeout);
    if (step.run().end || (life.timer && due >= *life.timer)) return;
    life.stop_timeout = std::min(life.stop_timeout, event.timeout);
    if (event.timeout.count() == 0)
        kill_now(step);
    else
        arm_timer(step, due);
}

void stop_of_ended(Step& step) {
    // Its end may have been an observation, which a power cut forgets; the answer promises that it stays
    // down.
    if (step.pot().run) step.out.changed = step.out.intent = true;
    step.answer(step.as<StopAsked>().request);
}

void timed_out(Step& step) {
    if (step.run().running_hook() == nullptr) step.note("pot.killing");
    kill_now(step);
}

}  // namespace potd::core
