#include "daemon/platform/freebsd/bridge_links.hpp"

#include "daemon/platform/freebsd/interface_addresses.hpp"
#include "daemon/platform/freebsd/pure/network_names.hpp"
#include "daemon/platform/posix/link_names.hpp"

#include <algorithm>
#include <set>

namespace potd::platform {
namespace {

core::Status add_missing(const HostInterface& link, const core::BridgeNetwork& side) {
    const bool there =
        std::any_of(link.addresses.begin(), link.addresses.end(), [&](const core::InterfaceAddress& one) {
            return one.address == side.gateway && one.prefix == side.network.prefix;
        });
    return there ? core::Status() : add_alias({link.name, side.gateway, side.network.prefix});
}

}  // namespace

std::string BridgeLinks::link_of(std::string_view bridge) const {
    return bridge_link(instance_, bridge);
}

bool BridgeLinks::owns(const HostInterface& link) const {
    return bridge_of_note(instance_, link.note).has_value();
}

/// The description comes first: by it one that was not finished is found again.
core::Result<HostInterface> BridgeLinks::make(std::string_view bridge) const {
    const std::string name = link_of(bridge), note = bridge_note(instance_, bridge);
    auto made = create_link("bridge");
    if (!made) return std::move(made).error();
    core::Status done = note_on_link(*made, note);
    if (done) done = rename_link(*made, name);
    if (done) return HostInterface{name, note, false, {}};
    if (auto gone = destroy_link(*made); !gone) return std::move(gone).error();
    return std::move(done).error();
}

core::Result<HostInterface> BridgeLinks::find_or_make(std::string_view bridge) const {
    const std::string name = link_of(bridge), note = bridge_note(instance_, bridge);
    auto present = read_host_links();
    if (!present) return std::move(present).error();
    for (HostInterface& link : *present) {
        if (link.note != note) {
            if (link.name != name) continue;
            return core::error(core::ErrorKind::Conflict, "the host has an interface '" + name +
                                                              "' that is not potd's; rename or remove it");
        }
        if (link.name != name) {
            if (auto renamed = rename_link(link.name, name); !renamed) return std::move(renamed).error();
            link.name = name;
        }
        return std::move(link);
    }
    return make(bridge);
}

core::Status BridgeLinks::ensure(const core::Bridge& bridge) const {
    const std::string what = "bridge " + bridge.name;
    const auto link = find_or_make(bridge.name);
    if (!link) return core::Status(link.error()).in(what);
    core::Status done = add_link_to_group(link->name, std::string(potd_group));
    if (done) done = add_link_to_group(link->name, bridge_group(instance_));
    for (const auto& side : {bridge.ipv4, bridge.ipv6}) {
        if (done && side) done = add_missing(*link, *side);
    }
    if (done) done = raise_link(link->name);
    return std::move(done).in(what);
}

core::Status BridgeLinks::remove(std::string_view bridge) const {
    const auto present = read_host_links();
    if (!present) return present.error();
    const std::string note = bridge_note(instance_, bridge);
    core::Status done;
    for (const HostInterface& link : *present) {
        if (link.note != note) continue;
        core::Status gone = destroy_link(link.name);
        if (!gone && done) done = std::move(gone);
    }
    return done;
}

core::Result<std::vector<std::string>> BridgeLinks::ours() const {
    auto present = read_host_links();
    if (!present) return std::move(present).error();
    std::set<std::string> names;
    for (const HostInterface& link : *present) {
        if (auto name = bridge_of_note(instance_, link.note)) names.insert(*std::move(name));
    }
    return std::vector<std::string>(names.begin(), names.end());
}

core::Result<std::vector<std::string>> runs_with_cables(const std::string& instance) {
    const auto present = read_host_links();
    if (!present) return present.error();
    std::set<std::string> runs;
    for (const HostInterface& link : *present) {
        if (auto run = run_of_note(instance, link.note)) runs.insert(*std::move(run));
    }
    return std::vector<std::string>(runs.begin(), runs.end());
}

core::Status remove_cables(const std::string& instance, const std::string& run) {
    const auto present = read_host_links();
    if (!present) return present.error();
    core::Status done;
    for (const HostInterface& link : *present) {
        if (run_of_note(instance, link.note) != run) continue;
        core::Status gone = destroy_link(link.name);
        if (!gone && done) done = std::move(gone);
    }
    return done;
}

}  // namespace potd::platform
