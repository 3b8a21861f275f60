#include "tests/sim/sim_hooks.hpp"

#include <algorithm>

namespace potd::sim {
namespace {

const std::string& variable(const core::HookRequest& request, std::string_view name) {
    static const std::string none;
    for (const core::EnvVar& one : request.env) {
        if (one.name == name) return one.value;
    }
    return none;
}

core::HookResult result_of(SimHooks::Ending how) {
    core::HookResult result;
    switch (how) {
        case SimHooks::Ending::Success: result.exit_code = 0; break;
        case SimHooks::Ending::Failure:
            result.exit_code = 3;
            result.problem = "exit code 3";
            break;
        case SimHooks::Ending::Signal:
            result.signal = 11;
            result.problem = "ended by signal 11";
            break;
        case SimHooks::Ending::Timeout:
            result.signal = 9;
            result.problem = "timed out after 30s";
            break;
        case SimHooks::Ending::NotFound: result.problem = "cannot be started: no such file"; break;
    }
    return result;
}

}  // namespace

void SimHooks::run(core::HookRequest request, Done done) {
    judge_.note([&] {
        return "    hook " + core::kernel_name(request.key) + " " + request.command[1] + " " +
               request.command[2] + " attempt " + variable(request, "POTD_HOOK_ATTEMPT");
    });
    Alive hook;
    hook.key = request.key;
    hook.stage = core::hook_stage_from(request.command[1]).value_or(core::HookStage::Prestart);
    hook.index = static_cast<std::uint32_t>(std::stoul(request.command[2]));
    hook.done = std::move(done);
    check(request, hook);
    alive_.push_back(std::move(hook));
}

/// It must be the one that the store says is due, recorded before it begins.
void SimHooks::check(const core::HookRequest& request, const Alive& hook) {
    const auto where = [&] {
        return "hook " + request.command[1] + " of run " + core::kernel_name(request.key);
    };
    judge_.expect(!is_alive(request.key), "I3", [&] { return where() + " begins while another runs"; });
    const core::Run* const run = store_.run(request.key);
    const core::HookRecord* const due = run != nullptr ? run->running_hook() : nullptr;
    judge_.expect(due != nullptr, "I3", [&] { return where() + " begins without a record"; });
    if (due == nullptr) return;
    judge_.expect(due->stage == hook.stage && due->index == hook.index, "I3",
                  [&] { return where() + " is another than its record says"; });
    judge_.expect(variable(request, "POTD_HOOK_ATTEMPT") == std::to_string(due->attempt), "I3",
                  [&] { return where() + " has the wrong attempt"; });
    judge_.expect(variable(request, "POTD_HOOK") == request.command[1] &&
                      variable(request, "POTD_RUN") == std::to_string(request.key.run),
                  "I3", [&] { return where() + " has a wrong environment"; });
    const bool over = run->end.has_value();
    judge_.expect(over == (hook.stage == core::HookStage::Poststop), "I3",
                  [&] { return where() + " begins " + (over ? "after" : "before") + " the run's end"; });
    judge_.expect(hook.stage != core::HookStage::Poststart || run->started_at, "I3",
                  [&] { return where() + " begins before the command"; });
}

void SimHooks::cancel(const core::RunKey& key) {
    judge_.note([&] { return "    cancel the hook of " + core::kernel_name(key); });
    for (std::size_t i = 0; i < alive_.size(); ++i) {
        if (alive_[i].key != key || !alive_[i].done) continue;
        core::HookResult result;
        result.signal = 9;
        result.problem = "cancelled";
        finish(i, std::move(result));
        return;
    }
}

core::Status SimHooks::sweep() {
    std::erase_if(alive_, [](const Alive& one) { return !one.done; });
    return {};
}

void SimHooks::end(std::size_t which, Ending how) {
    if (!alive_[which].done) {
        alive_.erase(alive_.begin() + static_cast<std::ptrdiff_t>(which));
        return;
    }
    finish(which, result_of(how));
}

void SimHooks::finish(std::size_t which, core::HookResult result) {
    Alive hook = std::move(alive_[which]);
    alive_.erase(alive_.begin() + static_cast<std::ptrdiff_t>(which));
    judge_.note([&] {
        return "    hook " + core::kernel_name(hook.key) +
               " ends: " + (result.problem.empty() ? "well" : result.problem);
    });
    result.ended_at = clock_.wall();
    if (hook.stage == core::HookStage::Poststop) ended_.insert({hook.key, hook.index});
    loop_.post([done = std::move(hook.done), result = std::move(result)] { done(result); });
}

void SimHooks::kill() {
    for (Alive& one : alive_) one.done = {};
}

void SimHooks::reboot() {
    alive_.clear();
    ended_.clear();
}

bool SimHooks::is_alive(const core::RunKey& key) const {
    return std::any_of(alive_.begin(), alive_.end(), [&](const Alive& one) { return one.key == key; });
}

}  // namespace potd::sim
