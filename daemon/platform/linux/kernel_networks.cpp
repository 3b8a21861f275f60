#include "daemon/platform/linux/kernel_networks.hpp"

#include "daemon/platform/linux/forwarding.hpp"
#include "daemon/platform/linux/port_owner.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <net/if.h>

namespace potd::platform {
namespace {

using Family = core::IpAddress::Family;

void add_ports_of(const core::PortForward& row, const std::optional<core::IpAddress>& target,
                  std::vector<FirewallPort>& all) {
    if (!target) return;
    for (int i = 0; i < row.count; ++i) {
        all.push_back({std::string(core::to_string(row.protocol)), row.address,
                       static_cast<std::uint16_t>(row.host + i), *target,
                       static_cast<std::uint16_t>(row.container + i)});
    }
}

std::vector<FirewallPort> firewall_ports(const std::vector<core::PortForward>& rows) {
    std::vector<FirewallPort> all;
    for (const core::PortForward& row : rows) {
        add_ports_of(row, row.ipv4, all);
        add_ports_of(row, row.ipv6, all);
    }
    return all;
}

FirewallRates firewall_rates(const std::vector<FirewallMember>& members, const core::TrafficRates& rates) {
    FirewallRates all;
    for (const FirewallMember& member : members) all.links.push_back(member.link);
    if (!members.empty()) all.name = members.front().link;
    all.to_pot = static_cast<std::uint64_t>(rates.rx);
    all.from_pot = static_cast<std::uint64_t>(rates.tx);
    return all;
}

bool is_limited(const FirewallRates& rates) {
    return rates.to_pot != 0 || rates.from_pot != 0;
}

std::optional<core::IpNetwork> network_of(const std::optional<core::BridgeNetwork>& side) {
    return side ? std::optional(side->network) : std::nullopt;
}

bool is_default_route(const core::IpNetwork& network) {
    return network.prefix == 0;
}

}  // namespace

KernelNetworks::KernelNetworks(NetworkOptions options)
    : options_(std::move(options)), bridges_(options_.instance), table_(table_name(options_.instance)) {}

core::Result<Nft*> KernelNetworks::firewall() const {
    if (!nft_) {
        auto opened = Nft::open();
        if (!opened) return std::move(opened).error();
        nft_ = *std::move(opened);
    }
    return &*nft_;
}

core::Status KernelNetworks::check() const {
    const auto usable = firewall();
    return usable ? core::Status() : core::Status(usable.error());
}

core::Result<std::vector<core::TakenNetwork>> KernelNetworks::taken() const {
    const auto host = read_host_network();
    if (!host) return host.error();
    std::vector<core::TakenNetwork> all;
    for (const HostInterface& link : host->interfaces) {
        if (bridges_.owns(link)) continue;
        const std::string owner = "the host's " + link.name;
        for (const core::InterfaceAddress& one : link.addresses)
            all.push_back({core::network_of(one.address, one.prefix.value_or(one.address.bits())), owner});
        for (const core::IpNetwork& route : link.routes) {
            if (!is_default_route(route)) all.push_back({route, owner});
        }
    }
    return all;
}

// Bridges

bool KernelNetworks::is_there(const core::Bridge& bridge) const {
    const auto found = raised_.find(bridge.name);
    return found != raised_.end() && found->second.bridge == bridge &&
           ::if_nametoindex(bridges_.link_of(bridge.name).c_str()) == found->second.index;
}

core::Status KernelNetworks::make_bridge(const core::Bridge& bridge) {
    if (options_.set_forwarding) {
        const core::Status on = switch_on_forwarding({bridge.ipv4.has_value(), bridge.ipv6.has_value()});
        if (!on) options_.problem("the host's forwarding: " + on.error().message);
    }
    is_stale_ = true;
    if (core::Status made = bridges_.ensure(bridge); !made) return made;
    say_if_nothing_is_forwarded(bridge);
    raised_[bridge.name] = {bridge, ::if_nametoindex(bridges_.link_of(bridge.name).c_str())};
    for (const auto& [run, one] : connected_) {
        if (core::Status joined = join(one, bridge); !joined) return joined;
    }
    return {};
}

core::Status KernelNetworks::join(const Connected& one, const core::Bridge& bridge) const {
    for (std::size_t i = 0; i < one.members.size(); ++i) {
        if (one.bridges[i] != bridge.name) continue;
        if (core::Status joined = bridges_.join(one.members[i].link, bridge); !joined) return joined;
    }
    return {};
}

void KernelNetworks::say_if_nothing_is_forwarded(const core::Bridge& bridge) {
    const Forwarding now = read_forwarding();
    const bool lacks = (bridge.ipv4 && !now.ipv4) || (bridge.ipv6 && !now.ipv6);
    if (!lacks || std::exchange(forwarding_was_told_, true)) return;
    options_.problem(
        "the host forwards no packets (" +
        std::string(bridge.ipv4 && !now.ipv4 ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding") +
        " is 0): pots on bridges reach the host alone; set it, or let potd by network.forwarding");
}

core::Status KernelNetworks::raise(const core::Bridge& bridge) {
    if (is_there(bridge)) return {};
    if (core::Status made = make_bridge(bridge); !made) return made;
    return put_all().in("network " + bridge.name);
}

core::Status KernelNetworks::remove(const std::string& bridge) {
    if (core::Status gone = bridges_.remove(bridge); !gone) return gone;
    bridge_repairs_.erase(bridge);
    if (raised_.erase(bridge) == 0) return {};
    return put_all();
}

// Runs

KernelNetworks::Connected KernelNetworks::connected(const core::RunKey& run,
                                                    const core::Connections& connections) const {
    Connected all;
    for (const core::Connection& one : connections.interfaces) {
        all.bridges.push_back(one.bridge.name);
        FirewallMember& member = all.members.emplace_back();
        member.link = bridges_.cable_of(run, one.bridge.name);
        member.hardware = one.hardware;
        for (const auto& address : {one.ipv4, one.ipv6}) {
            if (address) member.addresses.push_back(*address);
        }
    }
    all.ports = firewall_ports(connections.ports);
    all.rates = firewall_rates(all.members, connections.rates);
    return all;
}

core::Status KernelNetworks::run(const std::string& commands) {
    const auto nft = firewall();
    if (!nft) return nft.error();
    core::Status done = (*nft)->run(commands);
    if (watch_) watch_->skip_own();
    return done;
}

core::Status KernelNetworks::put_all() {
    if (raised_.empty() && connected_.empty()) {
        watch_.reset();
        link_watch_.reset();
        has_rate_part_ = false;
        core::Status gone = run(no_tables(table_));
        is_stale_ = !gone;
        return gone;
    }
    watch();
    std::vector<FirewallBridge> bridges;
    for (const auto& [name, one] : raised_)
        bridges.push_back({bridges_.link_of(name), network_of(one.bridge.ipv4), network_of(one.bridge.ipv6),
                           one.bridge.isolated});
    std::string text = whole_tables(table_, bridges);
    std::string rates;
    std::vector<FirewallPort> ports;
    for (const auto& [run, one] : connected_) {
        for (const FirewallMember& member : one.members) text += add_member(table_, member);
        ports.insert(ports.end(), one.ports.begin(), one.ports.end());
        rates += add_rates(table_, one.rates);
    }
    if (!rates.empty()) rates.insert(0, rate_part(table_));
    core::Status done = run(text + rates + add_ports(table_, ports));
    if (done) has_rate_part_ = !rates.empty();
    is_stale_ = !done;
    return done;
}

void KernelNetworks::watch() {
    if (watch_ || options_.reactor == nullptr) return;
    watch_ =
        std::make_unique<RuleWatch>(*options_.reactor, table_, [this](const std::string& by) { mend(by); });
    if (const core::Status begun = watch_->begin(); !begun) options_.problem(begun.error().message);
    link_watch_ = std::make_unique<LinkWatch>(
        *options_.reactor,
        LinkWatch::Told{[this](std::uint32_t index, const std::string& name) { link_is_gone(index, name); },
                        [this] { look_for_links(); }});
    if (const core::Status begun = link_watch_->begin(); !begun) options_.problem(begun.error().message);
}

/// Whoever changes them again and again has the last word.
void KernelNetworks::mend(const std::string& changed_by) {
    // Then there are none to mend, and the watch that calls this would go amid its call.
    if (raised_.empty() && connected_.empty()) return;
    const std::string what = "the tables " + table_ + " of nftables were changed by " + changed_by;
    if (!table_repairs_.allows(std::chrono::steady_clock::now()))
        return options_.problem(what + " again and again: they are put back with the next change");
    const core::Status done = put_all();
    options_.problem(what + (done ? ", and are as before again" : ", and stay so: " + done.error().message));
}

/// What potd removes itself it has forgotten by then.
void KernelNetworks::link_is_gone(std::uint32_t index, const std::string& name) {
    for (const auto& [bridge, raised] : raised_) {
        if (raised.index == index) return mend_bridge(std::string(bridge));
    }
    for (const auto& [run, one] : connected_) {
        for (std::size_t i = 0; i < one.members.size(); ++i) {
            if (one.members[i].link == name && lost_) return lost_(run, one.bridges[i]);
        }
    }
}

/// The kernel had more to tell than was read. Cables are left out: an end of a run may not be known yet.
void KernelNetworks::look_for_links() {
    std::vector<std::string> gone;
    for (const auto& [name, raised] : raised_) {
        if (!is_there(raised.bridge)) gone.push_back(name);
    }
    for (const std::string& name : gone) mend_bridge(name);
}

void KernelNetworks::mend_bridge(const std::string& name) {
    const std::string what =
        "the bridge " + name + " (" + bridges_.link_of(name) + ") was removed by somebody";
    if (!bridge_repairs_[name].allows(std::chrono::steady_clock::now()))
        return options_.problem(what + " again and again: it comes back with the next pot that starts on it");
    const core::Bridge bridge = raised_.at(name).bridge;
    core::Status done = make_bridge(bridge);
    if (done) done = put_all();
    options_.problem(what + (done ? ", and is there again with its members"
                                  : ", and stays away: " + done.error().message));
}

core::Status KernelNetworks::put(const std::string& change) {
    if (is_stale_) return put_all();
    if (change.empty() || run(change)) return {};
    // Somebody has flushed them, or changed what is in them.
    return put_all();
}

core::Status KernelNetworks::connect(const core::RunKey& run, const core::Connections& connections) {
    if (core::Status free = check_free(connections.ports); !free) return free;
    for (const core::Connection& one : connections.interfaces) {
        if (is_there(one.bridge)) continue;
        if (core::Status made = make_bridge(one.bridge); !made) return made;
    }
    const Connected& added = connected_[run] = connected(run, connections);
    std::string change;
    for (const FirewallMember& member : added.members) change += add_member(table_, member);
    change += add_ports(table_, added.ports) + first_rate(added.rates) + add_rates(table_, added.rates);
    core::Status done = put(change);
    if (done && is_limited(added.rates)) has_rate_part_ = true;
    if (!done) connected_.erase(run);
    return std::move(done).in("firewall");
}

core::Status KernelNetworks::check_free(const std::vector<core::PortForward>& ports) const {
    return check_ports_are_free(ports);
}

core::Status KernelNetworks::change_ports(const core::RunKey& run,
                                          const std::vector<core::PortForward>& ports) {
    const auto found = connected_.find(run);
    if (found == connected_.end()) return core::error(core::ErrorKind::NotFound, "the run is not connected");
    std::vector<FirewallPort> next = firewall_ports(ports);
    std::vector<FirewallPort> gone, come;
    const auto lacks = [](const std::vector<FirewallPort>& all, const FirewallPort& one) {
        return std::find(all.begin(), all.end(), one) == all.end();
    };
    for (const FirewallPort& one : found->second.ports)
        if (lacks(next, one)) gone.push_back(one);
    for (const FirewallPort& one : next)
        if (lacks(found->second.ports, one)) come.push_back(one);
    std::vector<FirewallPort> before = std::exchange(found->second.ports, std::move(next));
    core::Status done = put(remove_ports(table_, gone) + add_ports(table_, come));
    if (!done) found->second.ports = std::move(before);
    return std::move(done).in("firewall");
}

core::Status KernelNetworks::check_protocol(core::PublishedPort::Protocol protocol) const {
    return check_protocol_is_there(protocol);
}

core::Status KernelNetworks::check_rates() const {
    if (rates_usable_) return *rates_usable_;
    const auto nft = firewall();
    if (!nft) return nft.error();
    const std::string table = table_ + "_probe";
    core::Status usable =
        (*nft)->check(rate_part(table) + add_rates(table, {"probe", {"probe"}, 1024, 1024}));
    if (!usable)
        usable =
            core::error(core::ErrorKind::Unsupported,
                        "this kernel cannot limit what pots receive and send: " + usable.error().message);
    rates_usable_ = usable;
    return usable;
}

/// What comes before the first limit of all.
std::string KernelNetworks::first_rate(const FirewallRates& rates) const {
    return is_limited(rates) && !has_rate_part_ ? rate_part(table_) : std::string();
}

core::Status KernelNetworks::change_rates(const core::RunKey& run, const core::TrafficRates& rates) {
    const auto found = connected_.find(run);
    if (found == connected_.end()) return {};
    FirewallRates next = firewall_rates(found->second.members, rates);
    const std::string change =
        remove_rates(table_, found->second.rates) + first_rate(next) + add_rates(table_, next);
    FirewallRates before = std::exchange(found->second.rates, std::move(next));
    core::Status done = put(change);
    if (done && is_limited(found->second.rates)) has_rate_part_ = true;
    if (!done) found->second.rates = std::move(before);
    return std::move(done).in("firewall");
}

core::Status KernelNetworks::disconnect(const core::RunKey& run) {
    const auto found = connected_.find(run);
    if (found == connected_.end()) return is_stale_ ? put_all() : core::Status();
    // Gone also if that fails: what is put there next must not have it.
    const Connected gone = std::move(found->second);
    connected_.erase(found);
    std::string change = remove_ports(table_, gone.ports) + remove_rates(table_, gone.rates);
    for (const FirewallMember& member : gone.members) change += remove_member(table_, member.link);
    return put(change).in("firewall");
}

std::vector<core::IpAddress> KernelNetworks::addresses_of(const core::RunKey& run) const {
    std::vector<core::IpAddress> all;
    const auto found = connected_.find(run);
    if (found == connected_.end()) return all;
    for (const FirewallMember& member : found->second.members)
        all.insert(all.end(), member.addresses.begin(), member.addresses.end());
    return all;
}

// At start-up

core::Status KernelNetworks::settle(const std::vector<core::Bridge>& bridges, const Live& live) {
    const auto present = bridges_.ours();
    if (!present) return present.error();
    raised_.clear();
    connected_.clear();
    core::Status done;
    for (const std::string& name : *present) {
        const auto known = std::find_if(bridges.begin(), bridges.end(),
                                        [&](const core::Bridge& one) { return one.name == name; });
        core::Status one = known == bridges.end() ? bridges_.remove(name) : make_bridge(*known);
        if (!one && done) done = std::move(one);
    }
    for (const auto& [run, connections] : live) {
        for (const core::Connection& one : connections.interfaces) {
            if (is_there(one.bridge)) continue;
            if (core::Status made = make_bridge(one.bridge); !made && done) done = std::move(made);
        }
        const Connected& added = connected_[run] = connected(run, connections);
        for (const core::Connection& one : connections.interfaces) {
            if (core::Status joined = join(added, one.bridge); !joined && done) done = std::move(joined);
        }
    }
    // Where there is no nftables there is nothing to remove.
    core::Status put = !check() && connected_.empty() ? core::Status() : put_all();
    return done ? put : done;
}

}  // namespace potd::platform
