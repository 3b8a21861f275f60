#include "core/lifecycle/step.hpp"

// After a restart of potd or of the machine: finish what was cut.

namespace potd::core {
namespace {

void adopt(Step& step, const Recovered& event) {
    step.run().processes = event.processes;
    step.run().started_at = event.started_at;
    step.out.run_changed = true;
}

/// It has ended: now, or before the crash and only its cleaning up is due.
void close_ended(Step& step, const Recovered& event) {
    const bool cut = step.run().running_hook() != nullptr;
    if (cut) cut_hook(step);
    if (!step.run().end) {
        if (!step.run().started_at && event.started_at.ms != 0) step.run().started_at = event.started_at;
        record_end(step, event.record);
    } else if (step.run().stage == RunStage::Poststop) {
        retry_hook(step);
    } else {
        clean_up(step);
    }
}

/// It has not ended: goes on with the stage it was in.
void go_on(Step& step) {
    const bool down = step.pot().state == PotState::Stopping || step.pot().state == PotState::Destroying;
    const bool cut = step.run().running_hook() != nullptr;
    if (cut) cut_hook(step);
    switch (step.run().stage) {
        case RunStage::Waiting:
            if (down)
                end_run(step, stopped_record(step));
            else
                step.act(AwaitDependencies{step.run().number});
            break;
        case RunStage::Prestart:
            if (down)
                end_run(step, stopped_record(step));
            else
                retry_hook(step);
            break;
        case RunStage::Launching:
            if (down) kill_now(step);
            break;
        case RunStage::Poststart:
            if (down)
                begin_hooks(step, HookStage::Prestop);
            else
                retry_hook(step);
            break;
        case RunStage::Prestop: retry_hook(step); break;
        case RunStage::Ending: ask_to_end(step); break;
        default: break;
    }
}

/// The crash came between the record of the launch and the launch.
void launch_again(Step& step) {
    const PotState state = step.pot().state;
    if (state == PotState::Stopping || state == PotState::Destroying)
        launch_interrupted(step);
    else
        step.act(Launch{step.run().number});
}

}  // namespace

void recovered(Step& step) {
    const Recovered& event = step.as<Recovered>();
    const bool destroying = step.pot().state == PotState::Destroying;
    step.out.next.destroy_when_ended = destroying;
    step.out.next.stop_timeout = destroying ? milliseconds{0} : step.pot().spec.stop.timeout;
    step.out.next.stop_signal = step.pot().spec.stop.signal;  // one that was asked for is forgotten
    const bool absent = event.finding == Recovered::Finding::Absent;
    if (absent && step.run().stage == RunStage::Launching && !step.run().end) {
        launch_again(step);
        return;
    }
    if (absent || event.finding == Recovered::Finding::Ended || step.run().end) {
        close_ended(step, event);
        return;
    }
    if (event.finding == Recovered::Finding::Running) {
        adopt(step, event);
        // A pause or resume may have been done and not recorded, or recorded as undone by a stop.
        step.out.next.changing_freeze = true;
        step.act(SetFrozen{step.run().number, step.pot().state == PotState::Paused});
        if (step.pot().state == PotState::Starting) {
            enter_running(step);
            return;
        }
    }
    go_on(step);
}

}  // namespace potd::core
