#include "api/door/scope.hpp"

#include "api/door/veil.hpp"
#include "core/service/exec_probe.hpp"

#include <array>
#include <utility>

namespace potd::api {

bool sees_pot(const core::Principal& who, const core::PotService& pots, std::string_view pot) {
    if (!who.is_scoped()) return true;
    const core::PotPtr found = pots.find(pot);
    return found && who.sees(found->spec.labels);
}

bool sees_pot_id(const core::Principal& who, const core::PotService& pots, std::string_view id) {
    if (!who.is_scoped()) return true;
    const core::PotPtr found = pots.with_id(id);
    return found && who.sees(found->spec.labels);
}

bool sees(const core::Principal& who, const core::PotService& pots, const core::Operation& operation) {
    if (!who.is_scoped() || operation.asked_by == core::identity_of(who)) return true;
    return !operation.pot_id.empty() && sees_pot_id(who, pots, operation.pot_id);
}

EventScope::EventScope(core::PrincipalPtr who, const core::PotService& pots)
    : who_(std::move(who)), pots_(pots) {
    if (!who_->is_scoped()) return;
    for (const core::PotPtr& pot : pots_.list({}, pots_.count())) {
        if (who_->sees(pot->spec.labels)) seen_.insert(pot->id.text);
    }
}

bool EventScope::sees(const core::Event& event) {
    if (!who_->is_scoped()) return who_->grant.role == core::Role::Admin || !event.type.starts_with("token.");
    if (event.pot_id.empty()) return false;
    const core::PotPtr pot = pots_.with_id(event.pot_id);
    if (!pot) return seen_.contains(event.pot_id);
    const bool is_seen = who_->sees(pot->spec.labels);
    // What becomes of one that was taken out of his reach is no matter of his, nor is its end.
    is_seen ? static_cast<void>(seen_.insert(event.pot_id)) : static_cast<void>(seen_.erase(event.pot_id));
    return is_seen;
}

bool EventScope::tells_all() const {
    return !who_->is_scoped() && !reads_no_output(*who_);
}

/// The details that are texts, and may say why something failed.
constexpr std::array<std::string_view, 4> texts_of_events{"reason", "why", "problem", "hook"};

core::Event EventScope::shown(core::Event told) const {
    if (const auto why = told.details.find("why"); why != told.details.end() && reads_no_output(*who_))
        why->second = core::without_output(std::move(why->second));
    if (!who_->is_scoped()) return told;
    told.details.erase("next");  // those that would have given way after this one
    for (const std::string_view key : texts_of_events) {
        if (const auto text = told.details.find(std::string(key)); text != told.details.end())
            text->second = veiled_text(*who_, pots_, told.pot_id, text->second);
    }
    const auto origin = told.details.find("origin");
    if (origin != told.details.end() && !sees_pot(*who_, pots_, origin->second)) {
        told.details.erase(origin);
        told.details.erase("snapshot");
    }
    return told;
}

}  // namespace potd::api
