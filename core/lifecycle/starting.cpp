#include "core/lifecycle/step.hpp"

// From a request to a command that runs, or to why it does not.

namespace potd::core {

void enter_stage(Step& step, RunStage stage) {
    if (step.run().stage == stage) return;
    step.run().stage = stage;
    step.out.run_changed = true;
}

void begin_run(Step& step, StartCause cause) {
    Run next;
    next.number = step.pot().run ? step.pot().run->number + 1 : 1;
    next.cause = cause;
    next.requested_at = step.now.wall;
    next.boot_id = step.now.boot_id;
    step.pot().run = std::move(next);
    step.pot().desired = Desired::Running;
    step.pot().next_start_at.reset();
    step.pot().last_error.clear();
    step.out.next.changing_freeze = false;
    step.out.next.hurry = false;
    step.out.next.start_error.reset();
    cancel_timer(step);
    step.enter(PotState::Starting);
    step.out.run_changed = true;
    // Also where nobody asked for it: its number is shown from now on, and must not be given to another.
    step.out.intent = true;
    step.note("pot.starting", {{"cause", std::string(to_string(cause))}});
    if (step.pot().spec.depends_on.empty())
        begin_hooks(step, HookStage::Prestart);
    else
        step.act(AwaitDependencies{step.run().number});
}

void start(Step& step) {
    const auto* const asked = std::get_if<StartAsked>(&step.event);
    step.pot().restarts = 0;
    begin_run(step, asked != nullptr ? asked->cause : StartCause::Request);
    step.await(request_of(step.event), Goal::Running);
}

void dependencies_settled(Step& step) {
    if (step.run().stage != RunStage::Waiting) return;
    const DependenciesSettled& event = step.as<DependenciesSettled>();
    if (event.problem)
        fail_start(step, *event.problem, event.hopeless);
    else
        begin_hooks(step, HookStage::Prestart);
}

void launch(Step& step) {
    enter_stage(step, RunStage::Launching);
    step.act(Launch{step.run().number});
}

void enter_running(Step& step) {
    Pot& pot = step.pot();
    pot.health = pot.spec.health.kind == HealthSpec::Kind::None ? Health::None : Health::Starting;
    step.enter(PotState::Running);
    step.note("pot.started");
    begin_hooks(step, HookStage::Poststart);
}

void started(Step& step) {
    const Started& event = step.as<Started>();
    step.run().processes = event.processes;
    step.run().started_at = event.at;
    enter_running(step);
}

void be_up(Step& step) {
    enter_stage(step, RunStage::Up);
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

namespace {

constexpr std::string_view start_failed_reason = "start failed: ";

}  // namespace

bool is_failed_start(const Run& run, const ExitRecord& record) {
    return run.stop_cause == StopCause::Poststart || record.reason.starts_with(start_failed_reason);
}

void fail_start(Step& step, Error error, bool hopeless) {
    ExitRecord record;
    record.ended_at = step.now.wall;
    record.reason = std::string(start_failed_reason) + error.message;
    step.pot().last_error = error.message;
    step.note("pot.start_failed", {{"reason", error.message}});
    decide_next(step, record);
    if (hopeless) give_up(step, error.message);
    step.enter(PotState::Stopping);
    // Whoever asked is told once everything is cleaned up.
    step.out.next.start_error = std::move(error);
    end_run(step, std::move(record));
}

void abort_start(Step& step, Error error) {
    step.pot().last_error = error.message;
    step.note("pot.start_failed", {{"reason", error.message}});
    const Error failed =
        core::error(ErrorKind::Conflict, "pot " + step.pot().spec.name + ": " + error.message);
    for (const Goal goal : {Goal::Paused, Goal::Resumed}) step.answer_all(goal, failed);
    step.out.next.start_error = std::move(error);
    thaw(step);
    step.enter(PotState::Stopping);
    begin_stop(step, StopCause::Poststart, step.pot().spec.stop);
}

void launch_failed(Step& step) {
    fail_start(step, step.as<LaunchFailed>().error);
}

/// A stop or destroy cut the launch short: that is no failure.
void launch_interrupted(Step& step) {
    step.touch();
    end_run(step, stopped_record(step));
}

}  // namespace potd::core
