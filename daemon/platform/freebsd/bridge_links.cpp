#include "daemon/platform/freebsd/bridge_links.hpp"

#include "daemon/platform/freebsd/interface_addresses.hpp"
#include "daemon/platform/freebsd/pure/network_names.hpp"
#include "daemon/platform/posix/link_names.hpp"

#include <algorithm>
#include <cerrno>
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
    HostInterface link;
    link.name = name;
    link.note = note;
    link.bridge = true;
    if (done) return link;
    if (auto gone = destroy_link(*made); !gone) return std::move(gone).error();
    return std::move(done).error();
}

core::Result<HostInterface> BridgeLinks::find_or_make(std::string_view bridge) const {
    const std::string name = link_of(bridge);
    auto present = read_host_links();
    if (!present) return std::move(present).error();
    for (HostInterface& link : *present) {
        if (bridge_of_note(instance_, link.note) != bridge) {
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

core::Result<HostInterface> BridgeLinks::find_uplink(const std::string& uplink,
                                                     const std::string& bridge) const {
    auto present = read_host_links();
    if (!present) return std::move(present).error();
    const auto link = std::find_if(present->begin(), present->end(),
                                   [&](const HostInterface& one) { return one.name == uplink; });
    if (link == present->end()) return uplink_conflict("the host has no interface '" + uplink + "'");
    if (link->loopback) return uplink_conflict(uplink + " is a loopback interface of the host");
    if (link->bridge) return uplink_conflict(uplink + " is a bridge itself");
    if (run_of_note(instance_, link->note))
        return uplink_conflict(uplink + " is potd's own, of one of its bridges");
    for (const HostInterface& one : *present) {
        if (one.bridge && one.name != bridge && is_member(one.name, uplink))
            return uplink_conflict(uplink + " is a member of " + one.name + " already");
    }
    return std::move(*link);
}

bool BridgeLinks::is_whole(const core::Bridge& bridge) const {
    const std::string link = link_of(bridge.name);
    return interface_exists(link) && (bridge.uplink.empty() || is_member(link, bridge.uplink));
}

std::optional<UplinkNote> BridgeLinks::uplink_of(std::string_view bridge) const {
    const auto present = read_host_links();
    if (!present) return std::nullopt;
    for (const HostInterface& link : *present) {
        if (bridge_of_note(instance_, link.note) == bridge) return uplink_of_note(instance_, link.note);
    }
    return std::nullopt;
}

/// Its host end has no address: the host is on the network beyond by the uplink itself, if it is. How that
/// was is noted before it is touched, and stays noted. It is in no group of the bridges that pf keeps apart.
core::Status BridgeLinks::ensure_with_uplink(const core::Bridge& bridge,
                                             std::optional<bool> uplink_was_up) const {
    const auto uplink = find_uplink(bridge.uplink, link_of(bridge.name));
    if (!uplink) return uplink.error();
    const auto link = find_or_make(bridge.name);
    if (!link) return link.error();
    UplinkNote note{bridge.uplink, uplink_was_up.value_or(uplink->up)};
    const auto before = uplink_of_note(instance_, link->note);
    if (before && before->interface == bridge.uplink) note = *before;
    core::Status done = note_on_link(link->name, uplinked_bridge_note(instance_, bridge.name, note));
    if (done) done = add_link_to_group(link->name, std::string(potd_group));
    if (done) done = raise_link(link->name);
    if (done) done = add_link_to_bridge(link->name, bridge.uplink);
    if (!done && done.error().os_error == EINVAL)
        return uplink_conflict("the kernel puts " + bridge.uplink + " on no bridge; see bridge(4)");
    return done ? raise_link(bridge.uplink) : std::move(done);
}

core::Status BridgeLinks::ensure(const core::Bridge& bridge, std::optional<bool> uplink_was_up) const {
    const std::string what = "bridge " + bridge.name;
    if (!bridge.uplink.empty()) return ensure_with_uplink(bridge, uplink_was_up).in(what);
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
    core::Status done;
    for (const HostInterface& link : *present) {
        if (bridge_of_note(instance_, link.note) != bridge) continue;
        const auto uplink = uplink_of_note(instance_, link.note);
        // First, as the note of it goes with the bridge.
        if (uplink && !uplink->was_up && is_member(link.name, uplink->interface)) {
            core::Status down = lower_link(uplink->interface);
            if (!down && done) done = std::move(down);
        }
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
