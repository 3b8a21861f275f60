#include "core/lifecycle/step.hpp"

// From the end of the last process to a pot that is stopped, failed, waiting for its next run, or gone.

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

/// What potd did explains an end better than the signal that carried it out.
void explain(ExitRecord& record, const Pot& pot) {
    if (record.lost) return;
    if (record.oom) {
        record.reason = "oom";
        return;
    }
    switch (pot.run->stop_cause) {
        case StopCause::None: record.reason = record.signal ? "killed" : "exited"; break;
        case StopCause::Stop:
        case StopCause::Dependency:
        case StopCause::Restart: record.reason = "stopped"; break;
        case StopCause::Unhealthy: record.reason = "unhealthy"; break;
        case StopCause::Oom: record.reason = "oom"; break;
        case StopCause::Pressure: record.reason = "gave way"; break;
        case StopCause::Poststart: record.reason = "start failed: " + pot.last_error; break;
    }
}

/// With the error as it was; after a restart of potd only its text is left, and nobody waits.
void answer_failed_start(Step& step) {
    Error error =
        step.out.next.start_error.value_or(core::error(ErrorKind::Internal, step.run().end->reason));
    step.out.next.start_error.reset();
    step.answer_all(Goal::Running, std::move(error).in("pot " + step.pot().spec.name));
}

}  // namespace

void end_run(Step& step, ExitRecord record) {
    step.run().end = std::move(record);
    step.run().processes = {};
    step.pot().health = Health::None;
    step.out.run_changed = true;
    cancel_timer(step);
    if (step.run().running_hook() == nullptr) {
        clean_up(step);
    } else if (step.run().stage != RunStage::Prestop) {
        // It helped to bring up what has ended; one that was to take it down may finish.
        step.act(CancelHook{step.run().number});
    }
}

void clean_up(Step& step) {
    if (step.run().stage == RunStage::Waiting) {
        finish_run(step);
    } else if (step.run().stage == RunStage::Prestart) {
        begin_hooks(step, HookStage::Poststop);
    } else {
        enter_stage(step, RunStage::Releasing);
        step.act(ReleaseRun{step.run().number});
    }
}

void record_end(Step& step, ExitRecord record) {
    explain(record, step.pot());
    if (record.lost) step.pot().last_error = record.reason;
    step.note("pot.exited", details_of(record));
    const StopCause cause = step.run().stop_cause;
    if (cause == StopCause::None || cause == StopCause::Poststart || cause == StopCause::Pressure) {
        decide_next(step, record);
        if (!step.out.next.start_error) {
            const Error ended =
                error(ErrorKind::Conflict, "pot " + step.pot().spec.name + " has ended: " + record.reason);
            // A command that was quicker than the poststart hooks did run, as one without hooks would have.
            if (step.run().started_at && !record.lost) step.answer_all(Goal::Running);
            for (const Goal goal : {Goal::Running, Goal::Paused, Goal::Resumed}) step.answer_all(goal, ended);
        }
    }
    if (step.pot().state != PotState::Destroying)
        step.enter(PotState::Stopping);
    else
        step.touch();
    end_run(step, std::move(record));
}

void exited(Step& step) {
    record_end(step, step.as<Exited>().record);
}

void released(Step& step) {
    if (step.run().stage != RunStage::Releasing) return;
    if (const auto& problem = step.as<Released>().problem) {
        step.pot().last_error = "left over: " + problem->message;
        step.touch();
    }
    begin_hooks(step, HookStage::Poststop);
}

void finish_run(Step& step) {
    enter_stage(step, RunStage::Done);
    step.out.done = step.run();
    const bool failed = is_failed_start(step.run(), *step.run().end);
    if (failed) answer_failed_start(step);
    const bool again = step.pot().state == PotState::Stopping && step.pot().desired == Desired::Running;
    if (step.out.next.destroy_when_ended || (step.pot().spec.remove_on_exit && !again)) {
        remove_pot(step);
        return;
    }
    const StopCause cause = step.run().stop_cause;
    if (again && cause != StopCause::Restart && cause != StopCause::Dependency) {
        back_off(step);
        return;
    }
    step.enter(failed ? PotState::Failed : PotState::Stopped);
    step.note(failed ? "pot.failed" : "pot.stopped");
    step.answer_all(Goal::Stopped);
    // One that stepped aside was not asked for by anybody who is told: its policy looks after it.
    if (again) begin_run(step, cause == StopCause::Restart ? StartCause::Request : StartCause::Restart);
}

void remove_pot(Step& step, std::map<std::string, std::string> details) {
    step.out.removed = true;
    step.note("pot.destroyed", std::move(details));
    step.act(DiscardFiles{});
    step.answer_all(Goal::Stopped);
    step.answer_all(Goal::Gone);
}

}  // namespace potd::core
