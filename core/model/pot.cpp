#include "core/model/pot.hpp"

#include <algorithm>
#include <array>

namespace potd::core {
namespace {

constexpr std::array<std::string_view, 9> state_names{
    "created", "starting", "running", "paused", "stopping", "stopped", "backoff", "failed", "destroying"};
constexpr std::array<std::string_view, 4> health_names{"none", "starting", "healthy", "unhealthy"};

}  // namespace

std::string_view to_string(PotState state) noexcept {
    return state_names[static_cast<std::size_t>(state)];
}

std::optional<PotState> pot_state_from(std::string_view text) noexcept {
    const auto* const found = std::find(state_names.begin(), state_names.end(), text);
    if (found == state_names.end()) return std::nullopt;
    return static_cast<PotState>(found - state_names.begin());
}

std::string_view to_string(Health health) noexcept {
    return health_names[static_cast<std::size_t>(health)];
}

std::optional<Health> health_from(std::string_view text) noexcept {
    const auto* const found = std::find(health_names.begin(), health_names.end(), text);
    if (found == health_names.end()) return std::nullopt;
    return static_cast<Health>(found - health_names.begin());
}

std::string_view to_string(Desired desired) noexcept {
    return desired == Desired::Running ? "running" : "stopped";
}

std::optional<Desired> desired_from(std::string_view text) noexcept {
    if (text == "running") return Desired::Running;
    if (text == "stopped") return Desired::Stopped;
    return std::nullopt;
}

std::string_view to_string(IfUnfinished then) noexcept {
    switch (then) {
        case IfUnfinished::Keep: return "keep";
        case IfUnfinished::Revert: return "revert";
        case IfUnfinished::Remove: break;
    }
    return "remove";
}

std::optional<IfUnfinished> if_unfinished_from(std::string_view text) noexcept {
    if (text == "keep") return IfUnfinished::Keep;
    if (text == "remove") return IfUnfinished::Remove;
    if (text == "revert") return IfUnfinished::Revert;
    return std::nullopt;
}

const std::vector<HookSpec>& HooksSpec::of(HookStage stage) const {
    switch (stage) {
        case HookStage::Prestart: return prestart;
        case HookStage::Poststart: return poststart;
        case HookStage::Prestop: return prestop;
        case HookStage::Poststop: break;
    }
    return poststop;
}

bool is_live(PotState state) noexcept {
    return state == PotState::Starting || state == PotState::Running || state == PotState::Paused ||
           state == PotState::Stopping || state == PotState::Destroying;
}

bool is_unstarted(const Pot& pot) noexcept {
    const bool at_boot = pot.spec.boot.start || pot.spec.boot.early;
    return pot.state == PotState::Created && pot.spec.remove_on_exit && !pot.run && !at_boot &&
           !pot.unfinished;
}

}  // namespace potd::core
