#include "core/service/hook_environment.hpp"
#include "core/service/supervisor.hpp"

#include <utility>

// What a transition asks for, carried out after its record.

namespace potd::core {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
    using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

}  // namespace

void Supervisor::act(const PotId& id, const Effect& effect, const PotPtr& pot) {
    std::visit(Overloaded{
                   [&](const AwaitDependencies& e) {
                       ports_.executor.post([this, key = RunKey{id, e.run}] { await_pots_(key); });
                   },
                   [&](const RunHook& e) { run_hook(id, e); },
                   [&](const CancelHook& e) {
                       ports_.hooks.cancel({id, e.run});
                   },
                   [&](const Launch& e) { launch(id, e.run); },
                   [&](const SendSignal& e) { send_signal(id, e); },
                   [&](const RunStopCommand& e) {
                       stop_command_({id, e.run}, find(id)->spec.stop.command, e.timeout);
                   },
                   [&](const KillAll& e) {
                       ports_.runtime.kill_all({id, e.run});
                   },
                   [&](const ArmTimer& e) { arm_timer(id, e); },
                   [&](const CancelTimer&) { cancel_timer(id); },
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
    const PotPtr present = find(id);
    const Pot& pot = *present;
    Result<RootFs> root = ports_.root(pot);
    Result<PotSpec> spec = ports_.resolved(pot.spec);
    const RunKey key{id, run};
    const auto fail = [&](const Error& cause) {
        ports_.executor.post([this, key, cause] { on_launch_failed(key, cause); });
    };
    if (!root || !spec) return fail(root ? spec.error() : root.error());
    auto names = names_ ? names_(pot) : Result<NameFiles>(NameFiles());
    if (!names) return fail(names.error());
    auto connections = ports_.connect(key, pot);
    if (!connections) return fail(connections.error());
    if (limits_) spec->limits = limits_(pot);
    const bool console = consoles_.wanted && consoles_.wanted(id);
    ports_.runtime.launch({key, *std::move(spec), *std::move(root), ports_.files.log_directory(id), console,
                           pot.first_host_id, *std::move(connections), *std::move(names)});
    if (console) consoles_.launched(key);
}

void Supervisor::send_signal(const PotId& id, const SendSignal& effect) {
    const RunKey key{id, effect.run};
    const PotPtr present = find(id);
    const Pot& pot = *present;
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

void Supervisor::run_hook(const PotId& id, const RunHook& effect) {
    const PotPtr present = find(id);
    const Pot& pot = *present;
    const auto done = [this, id, effect, begun = ports_.clock.steady()](HookResult result) {
        if (on_hook_) on_hook_(effect.stage, result, milliseconds(ports_.clock.steady().ms - begun.ms));
        submit(id, HookDone{effect.run, effect.stage, effect.index, effect.attempt, std::move(result)});
    };
    const auto& hooks = pot.spec.hooks.of(effect.stage);
    if (effect.index >= hooks.size()) {
        HookResult gone;
        gone.ended_at = ports_.clock.wall();
        gone.problem = "no longer configured";
        ports_.executor.post([done, gone] { done(gone); });
        return;
    }
    const HookSpec& hook = hooks[effect.index];
    ports_.hooks.run({{id, effect.run},
                      hook.command,
                      hook.script,
                      hook.user,
                      hook.timeout,
                      hook_environment(pot, effect.stage, effect.attempt)},
                     done);
}

void Supervisor::arm_timer(const PotId& id, const ArmTimer& effect) {
    cancel_timer(id);
    entries_.at(id)->timer = ports_.timers.arm(effect.due, [this, id, run = effect.run] {
        if (const auto found = entries_.find(id); found != entries_.end()) found->second->timer = 0;
        submit(id, TimedOut{run});
    });
}

void Supervisor::cancel_timer(const PotId& id) {
    Entry& entry = *entries_.at(id);
    if (entry.timer != 0) ports_.timers.cancel(std::exchange(entry.timer, 0));
}

void Supervisor::set_frozen(const PotId& id, const SetFrozen& effect) {
    ports_.runtime.freeze({id, effect.run}, effect.frozen, [this, id, effect](const Status& status) {
        std::optional<Error> problem;
        if (!status) problem = status.error();
        submit(id, FreezeDone{effect.run, effect.frozen, std::move(problem)});
    });
}

void Supervisor::release(const PotId& id, std::uint32_t run) {
    ports_.runtime.release({id, run}, [this, id, run](Status status) {
        // Whatever else resists: its ports are for others.
        Status apart = ports_.disconnect({id, run});
        if (status) status = std::move(apart);
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
