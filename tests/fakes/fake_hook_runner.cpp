#include "tests/fakes/fake_machine.hpp"

#include <algorithm>
#include <utility>

namespace potd::fakes {

std::string FakeHookRunner::Execution::variable(std::string_view name) const {
    for (const core::EnvVar& one : request.env) {
        if (one.name == name) return one.value;
    }
    return {};
}

void FakeHookRunner::run(core::HookRequest request, Done done) {
    executions.push_back({std::move(request), std::move(done)});
    Execution& execution = executions.back();
    const auto same = [&](const Execution& one) {
        return !one.ended && one.request.key == execution.request.key;
    };
    const auto alive = std::count_if(executions.begin(), executions.end(), same);
    most_hooks_of_a_run = std::max(most_hooks_of_a_run, static_cast<std::size_t>(alive));
    if (end_at_once)
        finish(execution, exit_code, exit_code == 0 ? "" : "exit code " + std::to_string(exit_code));
}

void FakeHookRunner::finish(Execution& execution, int code, std::string problem) {
    execution.ended = true;
    core::HookResult result;
    result.ended_at = clock_.wall();
    if (problem != "cancelled") result.exit_code = code;
    result.problem = std::move(problem);
    result.output = output;
    loop_.post([done = execution.done, result = std::move(result)] { done(result); });
}

void FakeHookRunner::cancel(const core::RunKey& key) {
    for (Execution& one : executions) {
        if (one.request.key == key && !one.ended) finish(one, 0, "cancelled");
    }
}

core::Status FakeHookRunner::sweep() {
    for (Execution& one : executions) {
        if (!one.ended) one.ended = one.cut = true;
    }
    return {};
}

void FakeHookRunner::end(const core::RunKey& key, int code) {
    for (Execution& one : executions) {
        if (one.request.key == key && !one.ended)
            finish(one, code, code == 0 ? "" : "exit code " + std::to_string(code));
    }
}

bool FakeHookRunner::under_way(const core::RunKey& key) const {
    return std::any_of(executions.begin(), executions.end(),
                       [&](const Execution& one) { return !one.ended && one.request.key == key; });
}

void FakeProber::probe(const core::ProbeRequest& request, core::Reply<std::string> reply) {
    probed.push_back(request.key);
    held_.push_back(std::move(reply));
    if (!hold) answer();
}

void FakeProber::answer() {
    for (auto& reply : std::exchange(held_, {})) {
        core::Result<std::string> result =
            problem ? core::Result<std::string>(*problem) : std::string("fine");
        loop_.post([reply = std::move(reply), result] { reply(result); });
    }
}

void FakeHookRunner::drop() {
    for (Execution& one : executions) one.done = [](const core::HookResult&) {};
}

}  // namespace potd::fakes
