#include "core/model/run.hpp"

#include <algorithm>
#include <array>

namespace potd::core {
namespace {

// Each in the order of its enumeration; stored and shown as written here.
constexpr std::array<std::string_view, 4> oom_policies{"kill", "restart", "stop", "notify"};
constexpr std::array<std::string_view, 4> hook_stages{"prestart", "poststart", "prestop", "poststop"};
constexpr std::array<std::string_view, 10> run_stages{"waiting",  "prestart", "launching", "poststart",
                                                      "up",       "prestop",  "ending",    "releasing",
                                                      "poststop", "done"};
constexpr std::array<std::string_view, 4> start_causes{"request", "restart", "boot", "dependency"};
constexpr std::array<std::string_view, 8> stop_causes{"none",      "stop",       "restart", "unhealthy",
                                                      "poststart", "dependency", "oom",     "pressure"};

template <class E, std::size_t N>
std::optional<E> find_in(const std::array<std::string_view, N>& names, std::string_view text) {
    const auto* const found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return std::nullopt;
    return static_cast<E>(found - names.begin());
}

}  // namespace

std::string_view to_string(OomPolicy policy) noexcept {
    return oom_policies[static_cast<std::size_t>(policy)];
}
std::optional<OomPolicy> oom_policy_from(std::string_view text) noexcept {
    return find_in<OomPolicy>(oom_policies, text);
}

std::string_view to_string(HookStage stage) noexcept {
    return hook_stages[static_cast<std::size_t>(stage)];
}
std::optional<HookStage> hook_stage_from(std::string_view text) noexcept {
    return find_in<HookStage>(hook_stages, text);
}

std::string_view to_string(RunStage stage) noexcept {
    return run_stages[static_cast<std::size_t>(stage)];
}
std::optional<RunStage> run_stage_from(std::string_view text) noexcept {
    return find_in<RunStage>(run_stages, text);
}

std::string_view to_string(StartCause cause) noexcept {
    return start_causes[static_cast<std::size_t>(cause)];
}
std::optional<StartCause> start_cause_from(std::string_view text) noexcept {
    return find_in<StartCause>(start_causes, text);
}

std::string_view to_string(StopCause cause) noexcept {
    return stop_causes[static_cast<std::size_t>(cause)];
}
std::optional<StopCause> stop_cause_from(std::string_view text) noexcept {
    return find_in<StopCause>(stop_causes, text);
}

}  // namespace potd::core
