#include "core/lifecycle/step.hpp"

// From the end of the last process to a pot that is stopped, failed or gone.

namespace potd::core {

namespace {

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

}  // namespace

void end_run(Step& step, ExitRecord record) {
    step.run().end = std::move(record);
    step.run().processes = {};
    step.out.run_changed = true;
    step.act(CancelStopTimer{});
    step.act(ReleaseRun{step.run().number});
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

namespace {

/// With the error as it was; after a restart of potd only its text is left, and nobody waits.
void answer_failed_start(Step& step) {
    Error error =
        step.out.next.start_error.value_or(core::error(ErrorKind::Internal, step.run().end->reason));
    step.out.next.start_error.reset();
    step.answer_all(Goal::Running, std::move(error).in("pot " + step.pot().spec.name));
}

}  // namespace

void released(Step& step) {
    if (const auto& problem = step.as<Released>().problem) {
        step.pot().last_error = "left over: " + problem->message;
    }
    const bool restart = step.pot().state == PotState::Stopping && step.pot().desired == Desired::Running;
    const bool failed = start_failed(step.run());
    if (failed) answer_failed_start(step);
    if (step.out.next.destroy_when_ended || (step.pot().spec.remove_on_exit && !restart)) {
        remove_pot(step);
        return;
    }
    step.enter(failed ? PotState::Failed : PotState::Stopped);
    step.note(failed ? "pot.failed" : "pot.stopped");
    step.answer_all(Goal::Stopped);
    if (restart) begin_run(step);
}

}  // namespace potd::core
