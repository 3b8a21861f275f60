#include "core/service/supervisor.hpp"

#include <utility>

// What a transition asks for, carried out after its record.

namespace potd::core {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};

}  // namespace

void Supervisor::act(const PotId& id, const Effect& effect, const PotPtr& pot) {
    std::visit(Overloaded{
                   [&](const Launch& e) { launch(id, e.run); },
                   [&](const SendSignal& e) { send_signal(id, e); },
                   [&](const KillAll& e) {
                       ports_.runtime.kill_all({id, e.run});
                   },
                   [&](const ArmStopTimer& e) { arm_stop_timer(id, e); },
                   [&](const CancelStopTimer&) { cancel_stop_timer(id); },
                   [&](const SetFrozen& e) { set_frozen(id, e); },
                   [&](const ReleaseRun& e) { release(id, e.run); },
                   [&](const DiscardFiles&) { discard(id); },
                   [&](const Answer& e) {
                       answer(e.request, e.error ? Result<PotPtr>(*e.error) : Result<PotPtr>(pot));
                   },
               },
               effect);
}

void Supervisor::launch(const PotId& id, std::uint32_t run) {
    const Pot& pot = entries_.at(id)->life.pot;
    Result<RootFs> root = ports_.root(pot);
    if (!root) {
        ports_.executor.post(
            [this, key = RunKey{id, run}, error = root.error()] { on_launch_failed(key, error); });
        return;
    }
    const RunKey key{id, run};
    const bool console = consoles_.wanted && consoles_.wanted(id);
    ports_.runtime.launch(
        {key, pot.spec, *std::move(root), ports_.files.log_directory(id), console, pot.first_host_id});
    if (console) consoles_.launched(key);
}

void Supervisor::send_signal(const PotId& id, const SendSignal& effect) {
    const RunKey key{id, effect.run};
    const Pot& pot = entries_.at(id)->life.pot;
    if (pot.run->processes.main.pid == 0) {
        ports_.runtime.kill_all(key);  // init alone: there is nobody to ask
        return;
    }
    Status sent = ports_.runtime.signal(key, effect.signal, SignalTarget::Main);
    // The command of a persistent pot may have ended long ago and left others behind.
    if (!sent && sent.error().kind == ErrorKind::NotFound) {
        sent = ports_.runtime.signal(key, effect.signal, SignalTarget::All);
    }
    if (!sent) ports_.complain("pot " + pot.spec.name + ": stop signal: " + sent.error().message);
}

void Supervisor::arm_stop_timer(const PotId& id, const ArmStopTimer& effect) {
    cancel_stop_timer(id);
    entries_.at(id)->stop_timer = ports_.timers.arm(effect.due, [this, id, run = effect.run] {
        if (const auto found = entries_.find(id); found != entries_.end()) found->second->stop_timer = 0;
        submit(id, StopTimedOut{run});
    });
}

void Supervisor::cancel_stop_timer(const PotId& id) {
    Entry& entry = *entries_.at(id);
    if (entry.stop_timer != 0) ports_.timers.cancel(std::exchange(entry.stop_timer, 0));
}

void Supervisor::set_frozen(const PotId& id, const SetFrozen& effect) {
    ports_.runtime.freeze({id, effect.run}, effect.frozen, [this, id, effect](const Status& status) {
        std::optional<Error> problem;
        if (!status) problem = status.error();
        submit(id, FreezeDone{effect.run, effect.frozen, std::move(problem)});
    });
}

void Supervisor::release(const PotId& id, std::uint32_t run) {
    ports_.runtime.release({id, run}, [this, id, run](const Status& status) {
        std::optional<Error> problem;
        if (!status) {
            problem = status.error();
            ports_.complain("pot " + id.text + ": release: " + status.error().message);
        }
        submit(id, Released{run, std::move(problem)});
    });
}

void Supervisor::discard(const PotId& id) {
    const Status discarded = ports_.files.discard(id);
    if (!discarded) ports_.complain("pot " + id.text + ": files not removed: " + discarded.error().message);
}

}  // namespace potd::core
