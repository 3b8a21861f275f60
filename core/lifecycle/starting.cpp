#include "core/lifecycle/step.hpp"

// From a request to a command that runs, or to why it does not.

namespace potd::core {

void begin_run(Step& step) {
    Run next;
    next.number = step.pot().run ? step.pot().run->number + 1 : 1;
    next.requested_at = step.now.wall;
    next.boot_id = step.now.boot_id;
    step.pot().run = std::move(next);
    step.pot().desired = Desired::Running;
    step.pot().last_error.clear();
    step.out.next.changing_freeze = false;
    step.out.next.start_error.reset();
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

namespace {

constexpr std::string_view start_failed_reason = "start failed: ";

}  // namespace

bool start_failed(const Run& run) {
    return run.end && run.end->reason.starts_with(start_failed_reason);
}

void launch_failed(Step& step) {
    const LaunchFailed& event = step.as<LaunchFailed>();
    ExitRecord record;
    record.ended_at = step.now.wall;
    record.reason = std::string(start_failed_reason) + event.error.message;
    step.pot().last_error = event.error.message;
    step.pot().desired = Desired::Stopped;
    step.note("pot.start_failed", {{"reason", event.error.message}});
    step.enter(PotState::Stopping);
    // Whoever asked is told once everything is cleaned up.
    step.out.next.start_error = event.error;
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

}  // namespace potd::core
