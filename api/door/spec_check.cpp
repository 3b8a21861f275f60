#include "api/door/spec_check.hpp"

#include "api/route/reply.hpp"
#include "core/model/bridge.hpp"

#include <algorithm>

namespace potd::api {
namespace {

core::Status denied(const std::string& field, const std::string& message) {
    core::Error refused = core::error(core::ErrorKind::PermissionDenied, field + ": " + message);
    refused.field = field;
    return refused;
}

template <class List, class One>
bool has(const List& list, const One& one) {
    return std::find(list.begin(), list.end(), one) != list.end();
}

/// Whoever is on a bridge is reached by all that are, and knows them by name.
core::Status check_bridges(const core::Principal& who, const core::NetworkSpec& wanted,
                           const core::PotSpec* before) {
    if (who.reaches.test(static_cast<std::size_t>(core::HostReach::Bridges))) return {};
    for (const core::BridgeInterface& one : wanted.bridges) {
        const auto same = [&](const core::BridgeInterface& had) { return had.bridge == one.bridge; };
        const bool had = before != nullptr &&
                         std::any_of(before->network.bridges.begin(), before->network.bridges.end(), same);
        if (had || one.bridge == core::public_bridge) continue;
        return denied("network.bridge", core::to_string(who) +
                                            " has a label selector: private bridges need '" +
                                            std::string(core::to_string(core::HostReach::Bridges)) +
                                            "' in access.policy of potd's configuration");
    }
    return {};
}

}  // namespace

core::Status check_spec(const core::Principal& who, const core::PotService& pots, const core::PotSpec& spec,
                        const core::PotSpec* before) {
    if (who.is_scoped()) {
        if (!who.sees(spec.labels))
            return denied("labels", core::to_string(who) + " has access to pots with the labels " +
                                        core::to_string(who.grant.scope) + " only");
        for (const std::string& name : spec.depends_on) {
            if (before != nullptr && has(before->depends_on, name)) continue;
            if (auto seen = check_seen(who, pots, name, "depends_on"); !seen) return seen;
        }
        if (auto may = check_bridges(who, spec.network, before); !may) return may;
    }
    for (std::size_t i = 0; i < spec.mounts.size(); ++i) {
        if (before != nullptr && has(before->mounts, spec.mounts[i])) continue;
        const std::string field = "mounts[" + std::to_string(i) + "]";
        if (auto may = check_mount(who, spec.mounts[i], field); !may) return may;
    }
    return core::check_reach(spec, before, who.reaches);
}

core::Status check_mount(const core::Principal& who, const core::MountSpec& mount, const std::string& field) {
    if (who.is_scoped() && mount.kind == core::MountSpec::Kind::Volume)
        return denied(field.empty() ? "fscomp" : field + ".fscomp",
                      core::to_string(who) + " has a label selector, and no access to volumes");
    return core::check_reach(mount, who.reaches, field);
}

core::Status check_seen(const core::Principal& who, const core::PotService& pots, const std::string& pot,
                        std::string_view field) {
    if (!who.is_scoped()) return {};
    const core::PotPtr found = pots.find(pot);
    if (found && who.sees(found->spec.labels)) return {};
    core::Error unknown = unknown_pot(pot);
    unknown.field = field;
    return unknown;
}

core::Status check_flavours(const core::Principal& who, const std::vector<std::string>& flavours) {
    if (who.grant.role == core::Role::Admin) return {};
    for (std::size_t i = 0; i < flavours.size(); ++i) {
        if (flavours[i].find('/') == std::string::npos) continue;
        return denied(
            "flavours[" + std::to_string(i) + "]",
            "a file of the host by its path needs the role admin; those of flavours.path have names");
    }
    return {};
}

}  // namespace potd::api
