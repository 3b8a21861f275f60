#include "core/lifecycle/step.hpp"

// Asking a run to end, and what happens when it does not listen.

namespace potd::core {

void kill_now(Step& step) {
    step.out.next.kill_at = step.now.steady;
    step.act(KillAll{step.run().number});
}

void interrupt_others(Step& step, std::string_view by) {
    const Error gone = error(ErrorKind::Cancelled, "pot " + step.pot().spec.name + " was " + std::string(by) +
                                                       " by another request");
    for (const Goal goal : {Goal::Running, Goal::Paused, Goal::Resumed}) step.answer_all(goal, gone);
}

namespace {

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

}  // namespace

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

}  // namespace potd::core
