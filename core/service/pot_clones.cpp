#include "core/service/pot_service.hpp"
#include "core/service/reply.hpp"

#include <utility>

// Pots that were made of a snapshot of another one.

namespace potd::core {

std::vector<std::string> PotService::clones_of(const PotId& id) const {
    std::vector<std::string> names;
    for (const auto& [name, clone] : by_name_) {
        const PotPtr pot = supervisor_.find(clone);
        if (pot && pot->origin && pot->origin->key.pot == id) names.push_back(name);
    }
    return names;
}

Status PotService::check_no_clones(const Pot& pot) const {
    constexpr std::size_t most_named = 5;
    const std::vector<std::string> clones = clones_of(pot.id);
    if (clones.empty()) return {};
    std::string text = "pot " + pot.spec.name + " has clones:";
    for (std::size_t i = 0; i < clones.size() && i < most_named; ++i) text += " " + clones[i];
    if (clones.size() > most_named) text += " and " + std::to_string(clones.size() - most_named) + " more";
    return error(ErrorKind::Conflict, text + "; promote them, or destroy it with force");
}

void PotService::promote(std::string_view name, Reply<PotPtr> reply, Along along) {
    const PotPtr pot = find(name);
    if (!pot || !pot->origin) {
        Error refused = pot ? error(ErrorKind::Conflict, "pot " + pot->spec.name + " is not a clone")
                            : error(ErrorKind::NotFound, "no pot is called '" + std::string(name) + "'");
        reply_later<PotPtr>(ports_.executor, std::move(reply), std::move(refused));
        return;
    }
    supervisor_.request(
        pot->id,
        [&](RequestId request) {
            return ChangeAsked{request, pot->spec, pot->spec, true};
        },
        std::move(reply), std::move(along));
}

Status PotService::check_snapshots(const PotSpec& spec) const {
    const bool shifted = spec.security.user_namespace && !ports_.files.abilities().shifted_snapshots;
    if (!spec.snapshots.on() || !shifted) return {};
    Error refused = error(ErrorKind::Unsupported, "snapshots: the file system driver " +
                                                      std::string(ports_.files.name()) +
                                                      " keeps no snapshots of pots with a user namespace");
    refused.field = "snapshots";
    return refused;
}

}  // namespace potd::core
