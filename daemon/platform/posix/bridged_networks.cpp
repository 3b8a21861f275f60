#include "daemon/platform/posix/bridged_networks.hpp"

#include "daemon/platform/posix/forwarding.hpp"

#include <algorithm>

namespace potd::platform {

using Family = core::IpAddress::Family;

core::Status BridgedNetworks::raise(const core::Bridge& bridge) {
    if (is_there(bridge)) return {};
    if (core::Status able = check(); !able) return std::move(able).in("network " + bridge.name);
    if (core::Status made = make_bridge(bridge); !made) return made;
    return put_all().in("network " + bridge.name);
}

core::Status BridgedNetworks::remove(const std::string& bridge) {
    if (core::Status gone = remove_link_of(bridge); !gone) return gone;
    return forget(bridge) ? put_all() : core::Status();
}

core::Status BridgedNetworks::make_bridge(const core::Bridge& bridge) {
    if (set_forwarding_) {
        const core::Status on = switch_on_forwarding({bridge.ipv4.has_value(), bridge.ipv6.has_value()});
        if (!on) say("the host's forwarding: " + on.error().message);
    }
    if (core::Status made = make_link(bridge); !made) return made;
    say_if_nothing_is_forwarded(bridge);
    return {};
}

core::Status BridgedNetworks::make_bridges_of(const core::Connections& connections) {
    for (const core::Connection& one : connections.interfaces) {
        if (is_there(one.bridge)) continue;
        if (core::Status made = make_bridge(one.bridge); !made) return made;
    }
    return {};
}

void BridgedNetworks::say_if_nothing_is_forwarded(const core::Bridge& bridge) {
    const Forwarding now = read_forwarding();
    const bool lacks_ipv4 = bridge.ipv4 && !now.ipv4;
    const bool lacks = lacks_ipv4 || (bridge.ipv6 && !now.ipv6);
    if (!lacks || std::exchange(forwarding_was_told_, true)) return;
    say("the host forwards no packets (" +
        std::string(forwarding_setting(lacks_ipv4 ? Family::V4 : Family::V6)) +
        " is 0): pots on bridges reach the host alone, and published ports lead nowhere from outside; set "
        "it, or "
        "let potd by network.forwarding");
}

core::Status BridgedNetworks::settle(const std::vector<core::Bridge>& bridges, const Live& live) {
    core::Status done;
    const auto note = [&](core::Status one) {
        if (!one && done) done = std::move(one);
    };
    const auto present = ours();
    forget_all();
    if (!present) note(present.error());
    for (const std::string& name : present ? *present : std::vector<std::string>()) {
        const auto known = std::find_if(bridges.begin(), bridges.end(),
                                        [&](const core::Bridge& one) { return one.name == name; });
        note(known == bridges.end() ? remove_link_of(name) : make_bridge(*known));
    }
    for (const auto& [run, connections] : live) {
        for (const core::Connection& one : connections.interfaces) {
            if (!is_there(one.bridge)) note(make_bridge(one.bridge));
        }
        note(take_over(run, connections));
    }
    // Where there is no firewall nothing of ours is in it.
    core::Status put = !has_runs() && !check() ? core::Status() : put_all();
    return done ? put : done;
}

}  // namespace potd::platform
