#include "core/lifecycle/step.hpp"

#include <algorithm>

// What follows a run that nobody asked to end: the policy, and the wait before the next try.

namespace potd::core {
namespace {

bool is_failure(const Run& run, const ExitRecord& record) {
    return record.lost || record.oom || record.signal || record.exit_code != 0 ||
           run.stop_cause == StopCause::Pressure;
}

bool lasted(const Run& run, const ExitRecord& record, milliseconds enough) {
    return run.started_at && record.ended_at.ms - run.started_at->ms >= enough.count();
}

bool used_up(const Pot& pot) {
    const RestartSpec& policy = pot.spec.restart;
    return policy.max_retries > 0 && pot.restarts >= policy.max_retries;
}

bool restarts(const Pot& pot, const ExitRecord& record) {
    // Whoever asked for a start is told that it failed, and decides.
    const bool asked = pot.run->cause == StartCause::Request || pot.run->cause == StartCause::Dependency;
    if (asked && is_failed_start(*pot.run, record)) return false;
    switch (pot.spec.restart.policy) {
        case RestartPolicy::No: return false;
        case RestartPolicy::OnFailure: return is_failure(*pot.run, record) && !used_up(pot);
        case RestartPolicy::Always:
        case RestartPolicy::UnlessStopped: return true;
    }
    return false;
}

/// Doubles from `initial` to `max`; up to a quarter shorter, so that pots that fell together do not
/// rise together.
milliseconds delay_of(const RestartSpec& policy, std::uint32_t restarts, std::uint32_t random) {
    std::int64_t delay = policy.initial.count();
    for (std::uint32_t i = 0; i < restarts && delay < policy.max.count(); ++i) delay *= 2;
    delay = std::min<std::int64_t>(delay, policy.max.count());
    return milliseconds{delay - delay / 4 * random / 0xffffffffU};
}

}  // namespace

void decide_next(Step& step, const ExitRecord& record) {
    Pot& pot = step.pot();
    if (lasted(step.run(), record, pot.spec.restart.reset_after)) pot.restarts = 0;
    if (restarts(pot, record)) return;
    pot.desired = Desired::Stopped;
    if (pot.spec.restart.policy != RestartPolicy::OnFailure || !is_failure(*pot.run, record) || !used_up(pot))
        return;
    pot.last_error = "gave up after " + std::to_string(pot.restarts) + " restarts: " + record.reason;
    step.note("pot.gave_up", {{"restarts", std::to_string(pot.restarts)}});
}

void give_up(Step& step, const std::string& why) {
    Pot& pot = step.pot();
    if (pot.desired == Desired::Stopped) return;  // the policy wants none anyway
    pot.desired = Desired::Stopped;
    step.note("pot.gave_up", {{"restarts", std::to_string(pot.restarts)}, {"reason", why}});
}

void back_off(Step& step) {
    Pot& pot = step.pot();
    const milliseconds delay = delay_of(pot.spec.restart, pot.restarts, step.now.random);
    ++pot.restarts;
    pot.next_start_at = WallTime{step.now.wall.ms + delay.count()};
    step.enter(PotState::Backoff);
    step.note("pot.backoff", {{"delay", format_duration(delay)}, {"restart", std::to_string(pot.restarts)}});
    step.answer_all(Goal::Stopped);
    arm_timer(step, step.now.steady.plus(delay));
}

void retry(Step& step) {
    begin_run(step, StartCause::Restart);
}

void stop_of_backoff(Step& step) {
    step.pot().desired = Desired::Stopped;
    step.pot().next_start_at.reset();
    cancel_timer(step);
    step.enter(PotState::Stopped);
    step.out.intent = true;
    step.note("pot.stopped");
    step.await(step.as<StopAsked>().request, Goal::Stopped);
    step.answer_all(Goal::Stopped);
}

void recovered_backoff(Step& step) {
    const Pot& pot = step.pot();
    const std::int64_t left = pot.next_start_at ? pot.next_start_at->ms - step.now.wall.ms : 0;
    // The wall clock may have jumped meanwhile.
    const std::int64_t longest = pot.spec.restart.max.count();
    arm_timer(step, step.now.steady.plus(milliseconds{std::clamp<std::int64_t>(left, 0, longest)}));
}

}  // namespace potd::core
