#pragma once

#include "core/lifecycle/life.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// The parts the table in transition.cpp is made of. Private to this folder.

namespace potd::core {

/// One transition under construction: the copy that becomes the next state, and what it asks for.
struct Step {
    Outcome out;
    const LifeEvent& event;
    const Now& now;

    Pot& pot() { return out.next.pot; }
    Run& run() { return *out.next.pot.run; }
    template <class E>
    const E& as() const {
        return *std::get_if<E>(&event);
    }

    void enter(PotState state) {
        pot().state = state;
        if (state != PotState::Paused) pot().frozen_by.clear();
        touch();
    }
    void touch() {
        pot().changed_at = now.wall;
        ++pot().version;
        out.changed = true;
    }
    void note(std::string_view type, std::map<std::string, std::string> details = {}) {
        out.events.push_back({0, now.wall, std::string(type), pot().id.text, pot().spec.name,
                              pot().run ? pot().run->number : 0, std::move(details)});
    }
    void act(Effect effect) { out.effects.push_back(std::move(effect)); }
    void answer(RequestId request, std::optional<Error> error = {}) {
        act(Answer{request, std::move(error)});
    }
    void await(RequestId request, Goal goal) { out.next.waiting.push_back({request, goal}); }

    /// Answers and forgets every waiting request with this goal.
    void answer_all(Goal goal, const std::optional<Error>& error = {}) {
        auto& waiting = out.next.waiting;
        for (const Waiting& one : waiting) {
            if (one.goal == goal) answer(one.request, error);
        }
        std::erase_if(waiting, [goal](const Waiting& one) { return one.goal == goal; });
    }
};

// Each does one cell of the table.
void refuse(Step& step);
/// Of an unfinished pot: whether only its maker may ask for it, and the refusal for others.
[[nodiscard]] bool is_for_maker_only(const LifeEvent& event);
void refuse_unfinished(Step& step);
void start(Step& step);
void dependencies_settled(Step& step);
void hook_done(Step& step);
void started(Step& step);
void started_too_late(Step& step);
void launch_failed(Step& step);
void launch_interrupted(Step& step);
void exited(Step& step);
void released(Step& step);
void stop(Step& step);
void restart(Step& step);
void join_stop(Step& step);
void step_aside(Step& step);
void join_end(Step& step);
void is_aside(Step& step);
void stop_command_done(Step& step);
void stop_of_ended(Step& step);
void health_found(Step& step);
void oom_seen(Step& step);
void oom_noted(Step& step);
void give_way(Step& step);
void give_way_at_once(Step& step);
void timed_out(Step& step);
void retry(Step& step);
void stop_of_backoff(Step& step);
void pause(Step& step);
void resume(Step& step);
void freeze_done(Step& step);
void destroy(Step& step);
void destroy_backoff(Step& step);
void destroy_live(Step& step);
void join_destroy(Step& step);
void drop_unstarted(Step& step);
void change(Step& step);
void recovered(Step& step);
void recovered_backoff(Step& step);

// Shared between them, in the order of a life.
/// Opens the next run: number, boot, state Starting, and its first step.
void begin_run(Step& step, StartCause cause);
void enter_stage(Step& step, RunStage stage);
/// Runs the stage's first hook; what follows the stage comes at once if it has none.
void begin_hooks(Step& step, HookStage stage);
/// The running hook was cut by a crash of potd or the machine: closes its record.
void cut_hook(Step& step);
/// Runs the hook that was cut once more.
void retry_hook(Step& step);
/// What follows the last hook of each stage.
void launch(Step& step);
void enter_running(Step& step);
void be_up(Step& step);
void ask_to_end(Step& step);
void finish_run(Step& step);

/// The run cannot start: its record says why. `hopeless`: the policy need not try again.
void fail_start(Step& step, Error error, bool hopeless = false);
/// The command runs, but the start has failed: it is stopped.
void abort_start(Step& step, Error error);
/// From a run at any stage before its end to one that is asked to end.
void begin_stop(Step& step, StopCause cause, const StopSpec& how);
/// Kills what a stop waits for: the hook under way, or the run.
void kill_now(Step& step);
void arm_timer(Step& step, SteadyTime due);
void cancel_timer(Step& step);
[[nodiscard]] ExitRecord stopped_record(const Step& step);
/// It ended before it was up, or because of what kept it from being up.
[[nodiscard]] bool is_failed_start(const Run& run, const ExitRecord& record);

/// The end of a run: explained, noted, closed.
void record_end(Step& step, ExitRecord record);
/// Closes the run with its one record; the cleaning up follows, once no hook is under way.
void end_run(Step& step, ExitRecord record);
/// From a closed run to the undoing of as much as had been done.
void clean_up(Step& step);
/// After an end that nobody asked for: whether the policy wants another run.
void decide_next(Step& step, const ExitRecord& record);
/// The policy would try again, but no try can help.
void give_up(Step& step, const std::string& why);
void back_off(Step& step);
/// `details` of its last event.
void remove_pot(Step& step, std::map<std::string, std::string> details = {});
/// A frozen run, or one that is about to be, cannot end. To be called before the state changes.
void thaw(Step& step);
/// Tells everybody who waits for the pot to be up, paused or resumed that another request came first.
void interrupt_others(Step& step, std::string_view by);

}  // namespace potd::core
