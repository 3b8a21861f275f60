#include "core/lifecycle/step.hpp"

#include <array>
#include <string>

namespace potd::core {
namespace {

using Handler = void (*)(Step&);

void ignore(Step&) {}

using enum PotState;
constexpr std::size_t state_count = 9;

template <class E>
constexpr std::size_t index_of() {
    std::size_t index = 0;
    [&]<class... All>(const std::variant<All...>*) {
        std::size_t i = 0;
        ((std::is_same_v<E, All> ? static_cast<void>(index = i) : static_cast<void>(0), ++i), ...);
    }(static_cast<const LifeEvent*>(nullptr));
    return index;
}

struct Row {
    PotState state;
    std::size_t event;
    Handler handler;
};

template <class E>
constexpr Row row(PotState state, Handler handler) {
    return {state, index_of<E>(), handler};
}

/// The whole behaviour of a pot. What is not listed is refused (requests) or ignored (observations).
constexpr std::array table{
    row<StartAsked>(Created, start),
    row<StartAsked>(Stopped, start),
    row<StartAsked>(Failed, start),
    row<StartAsked>(Backoff, start),

    row<StopAsked>(Created, stop_of_ended),
    row<StopAsked>(Stopped, stop_of_ended),
    row<StopAsked>(Failed, stop_of_ended),
    row<StopAsked>(Backoff, stop_of_backoff),
    row<StopAsked>(Starting, stop),
    row<StopAsked>(Running, stop),
    row<StopAsked>(Paused, stop),
    row<StopAsked>(Stopping, join_stop),

    row<RestartAsked>(Created, start),
    row<RestartAsked>(Stopped, start),
    row<RestartAsked>(Failed, start),
    row<RestartAsked>(Backoff, start),
    row<RestartAsked>(Running, restart),
    row<RestartAsked>(Paused, restart),

    row<StepAsideAsked>(Created, is_aside),
    row<StepAsideAsked>(Stopped, is_aside),
    row<StepAsideAsked>(Failed, is_aside),
    row<StepAsideAsked>(Backoff, is_aside),
    row<StepAsideAsked>(Starting, step_aside),
    row<StepAsideAsked>(Running, step_aside),
    row<StepAsideAsked>(Paused, step_aside),
    row<StepAsideAsked>(Stopping, join_end),
    row<StepAsideAsked>(Destroying, join_end),

    row<PauseAsked>(Running, pause),
    row<ResumeAsked>(Paused, resume),

    row<DestroyAsked>(Created, destroy),
    row<DestroyAsked>(Stopped, destroy),
    row<DestroyAsked>(Failed, destroy),
    row<DestroyAsked>(Backoff, destroy_backoff),
    row<DestroyAsked>(Starting, destroy_live),
    row<DestroyAsked>(Running, destroy_live),
    row<DestroyAsked>(Paused, destroy_live),
    row<DestroyAsked>(Stopping, destroy_live),
    row<DestroyAsked>(Destroying, join_destroy),

    row<DropUnstartedAsked>(Created, drop_unstarted),

    row<ChangeAsked>(Created, change),
    row<ChangeAsked>(Stopped, change),
    row<ChangeAsked>(Failed, change),
    row<ChangeAsked>(Running, change),
    row<ChangeAsked>(Paused, change),
    row<ChangeAsked>(Backoff, change),

    row<DependenciesSettled>(Starting, dependencies_settled),

    row<HookDone>(Starting, hook_done),
    row<HookDone>(Running, hook_done),
    row<HookDone>(Paused, hook_done),
    row<HookDone>(Stopping, hook_done),
    row<HookDone>(Destroying, hook_done),

    row<Started>(Starting, started),
    row<Started>(Stopping, started_too_late),
    row<Started>(Destroying, started_too_late),

    row<LaunchFailed>(Starting, launch_failed),
    row<LaunchFailed>(Stopping, launch_interrupted),
    row<LaunchFailed>(Destroying, launch_interrupted),

    row<StopCommandDone>(Stopping, stop_command_done),

    row<Exited>(Starting, exited),
    row<Exited>(Running, exited),
    row<Exited>(Paused, exited),
    row<Exited>(Stopping, exited),
    row<Exited>(Destroying, exited),

    row<HealthFound>(Running, health_found),

    row<OomSeen>(Running, oom_seen),
    row<OomSeen>(Paused, oom_seen),
    row<OomSeen>(Stopping, oom_noted),
    row<OomSeen>(Destroying, oom_noted),

    row<GaveWay>(Running, give_way),
    row<GaveWay>(Paused, give_way),
    row<GaveWay>(Stopping, give_way_at_once),

    row<TimedOut>(Stopping, timed_out),
    row<TimedOut>(Destroying, timed_out),
    row<TimedOut>(Backoff, retry),

    row<FreezeDone>(Running, freeze_done),
    row<FreezeDone>(Paused, freeze_done),

    row<Released>(Stopping, released),
    row<Released>(Destroying, released),

    row<Recovered>(Starting, recovered),
    row<Recovered>(Running, recovered),
    row<Recovered>(Paused, recovered),
    row<Recovered>(Stopping, recovered),
    row<Recovered>(Destroying, recovered),
    row<Recovered>(Backoff, recovered_backoff),
};

constexpr auto lookup = [] {
    std::array<std::array<Handler, std::variant_size_v<LifeEvent>>, state_count> cells{};
    for (const Row& one : table) cells[static_cast<std::size_t>(one.state)][one.event] = one.handler;
    return cells;
}();

bool is_running_hook(const Life& life, const HookDone& event) {
    const HookRecord* hook = life.pot.run->running_hook();
    return hook != nullptr && hook->stage == event.stage && hook->index == event.index &&
           hook->attempt == event.attempt;
}

/// Observations of a run that is not the pot's current one, or that has its record already, are late echoes.
bool is_stale(const Life& life, const LifeEvent& event) {
    const auto current = [&life](std::uint32_t run) { return life.pot.run && life.pot.run->number == run; };
    const auto live = [&](std::uint32_t run) { return current(run) && !life.pot.run->end; };
    if (const auto* e = std::get_if<Started>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<LaunchFailed>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<StopCommandDone>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<Exited>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<DependenciesSettled>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<HookDone>(&event)) return !current(e->run) || !is_running_hook(life, *e);
    if (const auto* e = std::get_if<HealthFound>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<OomSeen>(&event))
        return !live(e->run) || e->facts.kills <= life.pot.run->oom_kills;
    if (const auto* e = std::get_if<GaveWay>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<TimedOut>(&event)) return !current(e->run) || !life.timer;
    if (const auto* e = std::get_if<FreezeDone>(&event)) return !live(e->run);
    if (const auto* e = std::get_if<Released>(&event)) return !current(e->run) || !life.pot.run->end;
    return false;
}

}  // namespace

Outcome on(const Life& life, const LifeEvent& event, const Now& now) {
    Step step{{}, event, now};
    step.out.next = life;
    if (is_stale(life, event)) return std::move(step.out);
    if (life.pot.unfinished && is_for_maker_only(event)) {
        refuse_unfinished(step);
        return std::move(step.out);
    }
    const Handler known = lookup[static_cast<std::size_t>(life.pot.state)][event.index()];
    const Handler otherwise = request_of(event) != 0 ? refuse : ignore;
    (known != nullptr ? known : otherwise)(step);
    return std::move(step.out);
}

RequestId request_of(const LifeEvent& event) {
    return std::visit(
        [](const auto& e) -> RequestId {
            if constexpr (requires { e.request; })
                return e.request;
            else
                return 0;
        },
        event);
}

std::string_view verb_of(const LifeEvent& event) {
    static constexpr std::array<std::string_view, std::variant_size_v<LifeEvent>> verbs{
        "start",         "stop",
        "restart",       "step aside",
        "pause",         "resume",
        "destroy",       "drop",
        "change",        "dependencies settled",
        "hook done",     "started",
        "launch failed", "stop command done",
        "exited",        "health found",
        "oom seen",      "gave way",
        "timed out",     "released",
        "freeze done",   "recovered"};
    return verbs[event.index()];
}

}  // namespace potd::core
