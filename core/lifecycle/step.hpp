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
void start(Step& step);
void restart_of_ended(Step& step);
void started(Step& step);
void started_too_late(Step& step);
void launch_failed(Step& step);
void launch_interrupted(Step& step);
void exited(Step& step);
void released(Step& step);
void stop(Step& step);
void restart(Step& step);
void join_stop(Step& step);
void stop_of_ended(Step& step);
void stop_timed_out(Step& step);
void pause(Step& step);
void resume(Step& step);
void freeze_done(Step& step);
void destroy(Step& step);
void destroy_live(Step& step);
void join_destroy(Step& step);
void change(Step& step);
void recovered(Step& step);

// Shared between them.
/// Opens the next run: number, boot, state Starting, the launch.
void begin_run(Step& step);
/// Closes the run with its one record; the release follows.
void end_run(Step& step, ExitRecord record);
/// The end of a run that ran: explained, noted, closed.
void record_end(Step& step, ExitRecord record);
[[nodiscard]] bool start_failed(const Run& run);
void remove_pot(Step& step);
void kill_now(Step& step);
/// Tells everybody who waits for the pot to be up, paused or resumed that another request came first.
void interrupt_others(Step& step, std::string_view by);

}  // namespace potd::core
