#include "core/model/audit.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace potd::core {
namespace {

constexpr std::array<std::string_view, 5> outcome_words{"unknown", "done", "failed", "denied", "unanswered"};

}  // namespace

std::string_view to_string(AuditOutcome outcome) noexcept {
    return outcome_words.at(static_cast<std::size_t>(outcome));
}

std::optional<AuditOutcome> audit_outcome_from(std::string_view text) noexcept {
    const auto* const found = std::find(outcome_words.begin(), outcome_words.end(), text);
    if (found == outcome_words.end()) return std::nullopt;
    return static_cast<AuditOutcome>(found - outcome_words.begin());
}

}  // namespace potd::core
