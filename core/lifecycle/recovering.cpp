#include "core/lifecycle/step.hpp"

// After a restart of potd: finish what was cut.

namespace potd::core {

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
            if (!step.run().started_at && event.started_at.ms != 0) {
                step.run().started_at = event.started_at;
            }
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

}  // namespace potd::core
