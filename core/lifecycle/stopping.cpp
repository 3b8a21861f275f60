#include "core/lifecycle/step.hpp"

#include <algorithm>

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
    step.act(SendSignal{step.run().number, step.out.next.stop_signal});
    arm_timer(step, step.now.steady.plus(timeout));
}

void thaw(Step& step) {
    if (step.pot().state == PotState::Paused || step.out.next.changing_freeze)
        step.act(SetFrozen{step.run().number, false});
}

namespace {

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
    pot.last_error = "unhealthy: " + event.why;
    step.note("pot.unhealthy", {{"why", event.why}});
    if (pot.spec.health.on_unhealthy == OnUnhealthy::None) return;
    const bool again = pot.spec.health.on_unhealthy == OnUnhealthy::Restart;
    interrupt_others(step, again ? "restarted as it is unhealthy" : "stopped as it is unhealthy");
    stop_for(step, StopCause::Unhealthy, again ? Desired::Running : Desired::Stopped, pot.spec.stop);
}

void stop(Step& step) {
    const StopAsked& event = step.as<StopAsked>();
    interrupt_others(step, "stopped");
    step.await(event.request, Goal::Stopped);
    stop_for(step, StopCause::Stop, Desired::Stopped, {event.signal, event.timeout});
}

void restart(Step& step) {
    const RestartAsked& event = step.as<RestartAsked>();
    interrupt_others(step, "restarted");
    step.await(event.request, Goal::Running);
    stop_for(step, StopCause::Restart, Desired::Running, {event.signal, event.timeout});
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
