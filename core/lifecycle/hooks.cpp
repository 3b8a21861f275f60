#include "core/lifecycle/step.hpp"

// The programs of the host that belong to a run: one at a time, in order, each recorded before it
// begins and when it has ended. A hook without an end in its record was cut by a crash and is due again.

namespace potd::core {
namespace {

RunStage stage_of(HookStage stage) {
    switch (stage) {
        case HookStage::Prestart: return RunStage::Prestart;
        case HookStage::Poststart: return RunStage::Poststart;
        case HookStage::Prestop: return RunStage::Prestop;
        case HookStage::Poststop: break;
    }
    return RunStage::Poststop;
}

void run_hook(Step& step, HookStage stage, std::uint32_t index, std::uint32_t attempt) {
    HookRecord record;
    record.stage = stage;
    record.index = index;
    record.attempt = attempt;
    record.started_at = step.now.wall;
    step.run().hooks.push_back(std::move(record));
    step.out.run_changed = true;
    step.act(RunHook{step.run().number, stage, index, attempt});
}

void pass(Step& step, HookStage stage) {
    switch (stage) {
        case HookStage::Prestart: launch(step); break;
        case HookStage::Poststart: be_up(step); break;
        case HookStage::Prestop: ask_to_end(step); break;
        case HookStage::Poststop: finish_run(step); break;
    }
}

/// The spec is the present one: hooks added or removed meanwhile count.
void run_from(Step& step, HookStage stage, std::uint32_t index) {
    if (index < step.pot().spec.hooks.of(stage).size())
        run_hook(step, stage, index, 1);
    else
        pass(step, stage);
}

std::string name_of(const HookSpec& hook) {
    return hook.script.empty() ? hook.command.front() : "script";
}

Error failure_of(const Step& step, const HookDone& event) {
    const auto& hooks = step.out.next.pot.spec.hooks.of(event.stage);
    std::string what = std::string(to_string(event.stage)) + " hook " + std::to_string(event.index + 1);
    if (event.index < hooks.size()) what += " (" + name_of(hooks[event.index]) + ")";
    Error failure = error(ErrorKind::InvalidArgument, what + ": " + event.result.problem);
    failure.field = "hooks." + std::string(to_string(event.stage)) + "[" + std::to_string(event.index) + "]";
    return failure;
}

void close_record(Step& step, const HookResult& result) {
    step.run().hooks.back().end = result;
    step.out.run_changed = true;
}

bool aborts(const Step& step, const HookDone& event) {
    const auto& hooks = step.out.next.pot.spec.hooks.of(event.stage);
    return event.index < hooks.size() && hooks[event.index].abort_on_failure;
}

/// The pot is wanted up and its start goes on.
void go_on_starting(Step& step, const HookDone& event) {
    if (event.result.problem.empty() || !aborts(step, event))
        run_from(step, event.stage, event.index + 1);
    else if (event.stage == HookStage::Prestart)
        fail_start(step, failure_of(step, event));
    else
        abort_start(step, failure_of(step, event));
}

/// The pot is wanted down and its command may still run.
void go_on_stopping(Step& step, const HookDone& event) {
    if (event.stage == HookStage::Prestart)
        end_run(step, stopped_record(step));
    else if (event.stage == HookStage::Poststart)
        begin_hooks(step, HookStage::Prestop);
    else if (step.out.next.hurry)
        ask_to_end(step);
    else
        run_from(step, event.stage, event.index + 1);
}

}  // namespace

void begin_hooks(Step& step, HookStage stage) {
    enter_stage(step, stage_of(stage));
    run_from(step, stage, 0);
}

void cut_hook(Step& step) {
    HookResult cut;
    cut.ended_at = step.now.wall;
    cut.problem = "cut: potd or the machine went down";
    close_record(step, cut);
}

void retry_hook(Step& step) {
    const HookRecord& last = step.run().hooks.back();
    run_hook(step, last.stage, last.index, last.attempt + 1);
}

void hook_done(Step& step) {
    const HookDone& event = step.as<HookDone>();
    close_record(step, event.result);
    if (!event.result.problem.empty()) {
        const Error failure = failure_of(step, event);
        step.pot().last_error = failure.message;
        step.touch();
        step.note("pot.hook_failed", {{"hook", failure.message}});
    }
    const PotState state = step.pot().state;
    if (event.stage == HookStage::Poststop)
        run_from(step, event.stage, event.index + 1);
    else if (step.run().end)
        clean_up(step);
    else if (state == PotState::Stopping || state == PotState::Destroying)
        go_on_stopping(step, event);
    else
        go_on_starting(step, event);
}

}  // namespace potd::core
