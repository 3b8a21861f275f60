#include "daemon/platform/linux/kernel_networks.hpp"

#include "daemon/platform/linux/address_table.hpp"
#include "daemon/platform/linux/port_owner.hpp"
#include "daemon/platform/linux/uplinks.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/process_identity.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <net/if.h>

namespace potd::platform {
namespace {

using Family = core::IpAddress::Family;

FirewallRates firewall_rates(const std::vector<FirewallMember>& members, const core::TrafficRates& rates) {
    FirewallRates all;
    for (const FirewallMember& member : members) all.links.push_back(member.link);
    if (!members.empty()) all.name = members.front().link;
    all.to_pot = static_cast<std::uint64_t>(rates.rx);
    all.from_pot = static_cast<std::uint64_t>(rates.tx);
    return all;
}

template <class T>
std::vector<T> without(std::vector<T> all, const std::vector<T>& others) {
    std::erase_if(all,
                  [&](const T& one) { return std::find(others.begin(), others.end(), one) != others.end(); });
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
    : BridgedNetworks(options.set_forwarding, std::move(options.problem)),
      bridges_(options.instance),
      table_(table_name(options.instance)),
      reactor_(options.reactor) {}

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

core::Status KernelNetworks::check_ipv6() const {
    const auto off = read_file("/proc/sys/net/ipv6/conf/all/disable_ipv6");
    if (!off) return core::error(core::ErrorKind::Unsupported, "this kernel has no IPv6");
    if (trimmed(*off) == "0") return {};
    return core::error(core::ErrorKind::Unsupported,
                       "IPv6 is switched off on this host (net.ipv6.conf.all.disable_ipv6 is 1)");
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

core::Status KernelNetworks::check_uplink(const std::string& uplink) const {
    const auto host = read_host_network();
    if (!host) return host.error();
    const auto usable = find_uplink(*host, uplink, 0);
    return usable ? core::Status() : core::Status(usable.error());
}

// Bridges

bool KernelNetworks::is_there(const core::Bridge& bridge) const {
    const auto found = raised_.find(bridge.name);
    if (found == raised_.end() || found->second.bridge != bridge) return false;
    const KernelBridges::Link& link = found->second.link;
    return ::if_nametoindex(bridges_.link_of(bridge.name).c_str()) == link.index &&
           (link.uplink == 0 || KernelBridges::is_member(link.uplink, link.index));
}

core::Status KernelNetworks::make_link(const core::Bridge& bridge) {
    is_stale_ = true;
    const auto known = raised_.find(bridge.name);
    std::optional<bool> uplink_was_up;
    if (known != raised_.end() && known->second.link.uplink != 0)
        uplink_was_up = known->second.link.uplink_was_up;
    const auto link = bridges_.ensure(bridge, uplink_was_up);
    if (!link) return link.error();
    raised_[bridge.name] = {bridge, *link};
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

bool KernelNetworks::forget(const std::string& bridge) {
    bridge_repairs_.erase(bridge);
    return raised_.erase(bridge) != 0;
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
        member.follows_routers = !one.bridge.uplink.empty();
        for (const auto& address : {one.ipv4, one.ipv6}) {
            if (address) member.addresses.push_back(*address);
        }
    }
    all.ports = single_ports<FirewallPort>(connections.ports);
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
        uplink_watch_.reset();
        has_rate_part_ = false;
        core::Status gone = run(no_tables(table_));
        is_stale_ = !gone;
        return gone;
    }
    watch();
    std::vector<FirewallBridge> bridges;
    for (const auto& [name, one] : raised_)
        bridges.push_back({bridges_.link_of(name), network_of(one.bridge.ipv4), network_of(one.bridge.ipv6),
                           one.bridge.isolated, one.bridge.uplink, one.bridge.routed});
    std::string text = whole_tables(table_, bridges);
    std::string rates;
    std::vector<FirewallPort> ports;
    for (const auto& [run, one] : connected_) {
        for (const FirewallMember& member : one.members) text += add_member(table_, member);
        ports.insert(ports.end(), one.ports.begin(), one.ports.end());
        rates += add_rates(table_, one.rates);
    }
    if (!rates.empty()) rates.insert(0, rate_part(table_));
    core::Status done =
        run(text + rates + add_ports(table_, ports) + add_openings(table_, openings_of(ports)));
    if (done) has_rate_part_ = !rates.empty();
    is_stale_ = !done;
    return done;
}

void KernelNetworks::watch_uplinks() {
    const bool any = std::any_of(raised_.begin(), raised_.end(),
                                 [](const auto& one) { return one.second.link.uplink != 0; });
    if (uplink_watch_ || !any) return;
    uplink_watch_ = std::make_unique<LinkWatch>(
        *reactor_, LinkWatch::Of::Members,
        LinkWatch::Told{[this](std::uint32_t index, const std::string&) { uplink_is_gone(index); },
                        [this] { look_for_links(); }});
    if (const core::Status begun = uplink_watch_->begin(); !begun) say(begun.error().message);
}

void KernelNetworks::watch() {
    if (reactor_ != nullptr) watch_uplinks();
    if (watch_ || reactor_ == nullptr) return;
    watch_ = std::make_unique<RuleWatch>(*reactor_, table_, [this](const std::string& by) { mend(by); });
    if (const core::Status begun = watch_->begin(); !begun) say(begun.error().message);
    link_watch_ = std::make_unique<LinkWatch>(
        *reactor_, LinkWatch::Of::Links,
        LinkWatch::Told{[this](std::uint32_t index, const std::string& name) { link_is_gone(index, name); },
                        [this] { look_for_links(); }});
    if (const core::Status begun = link_watch_->begin(); !begun) say(begun.error().message);
}

/// Whoever changes them again and again has the last word.
void KernelNetworks::mend(const std::string& changed_by) {
    // Then there are none to mend, and the watch that calls this would go amid its call.
    if (raised_.empty() && connected_.empty()) return;
    const std::string what = "the tables " + table_ + " of nftables were changed by " + changed_by;
    if (!table_repairs_.allows(std::chrono::steady_clock::now()))
        return say(what + " again and again: they are put back with the next change");
    const core::Status done = put_all();
    say(what + (done ? ", and are as before again" : ", and stay so: " + done.error().message));
}

/// What potd removes itself it has forgotten by then.
void KernelNetworks::link_is_gone(std::uint32_t index, const std::string& name) {
    for (const auto& [bridge, raised] : raised_) {
        if (raised.link.index == index) return mend_bridge(std::string(bridge));
    }
    for (const auto& [run, one] : connected_) {
        for (std::size_t i = 0; i < one.members.size(); ++i) {
            if (one.members[i].link == name && lost_) return lost_(run, one.bridges[i]);
        }
    }
}

/// Told of each member that a bridge loses; of one that potd removes itself it has forgotten by then.
void KernelNetworks::uplink_is_gone(std::uint32_t index) {
    for (const auto& [bridge, raised] : raised_) {
        if (raised.link.uplink == index && !is_there(raised.bridge)) return mend_bridge(std::string(bridge));
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
    const std::string link = bridges_.link_of(name);
    const bool lost_uplink = ::if_nametoindex(link.c_str()) == raised_.at(name).link.index;
    const std::string what = lost_uplink
                                 ? "the uplink " + raised_.at(name).bridge.uplink + " of the bridge " + name +
                                       " (" + link + ") was taken out of it by somebody"
                                 : "the bridge " + name + " (" + link + ") was removed by somebody";
    if (!bridge_repairs_[name].allows(std::chrono::steady_clock::now()))
        return say(what + " again and again: it comes back with the next pot that starts on it");
    const core::Bridge bridge = raised_.at(name).bridge;
    core::Status done = make_bridge(bridge);
    if (done) done = put_all();
    say(what + (done ? lost_uplink ? ", and is a member again" : ", and is there again with its members"
                     : ", and stays away: " + done.error().message));
}

core::Status KernelNetworks::put(const std::string& change) {
    if (is_stale_) return put_all();
    if (change.empty() || run(change)) return {};
    // Somebody has flushed them, or changed what is in them.
    return put_all();
}

core::Status KernelNetworks::connect(const core::RunKey& run, const core::Connections& connections) {
    // Without a firewall nothing would keep pots apart.
    if (core::Status able = check(); !able) return able;
    if (core::Status free = check_free(connections.ports); !free) return free;
    if (core::Status made = make_bridges_of(connections); !made) return made;
    const Connected& added = connected_[run] = connected(run, connections);
    std::string change;
    for (const FirewallMember& member : added.members) change += add_member(table_, member);
    change += add_ports(table_, added.ports) + add_openings(table_, openings_of(added.ports)) +
              first_rate(added.rates) + add_rates(table_, added.rates);
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
    std::vector<FirewallPort> next = single_ports<FirewallPort>(ports);
    const std::vector<FirewallPort>& present = found->second.ports;
    // Two ports of the host may lead to one of the pot.
    const auto open = openings_of(present), open_next = openings_of(next);
    const std::string change =
        remove_ports(table_, without(present, next)) + add_ports(table_, without(next, present)) +
        remove_openings(table_, without(open, open_next)) + add_openings(table_, without(open_next, open));
    std::vector<FirewallPort> before = std::exchange(found->second.ports, std::move(next));
    core::Status done = put(change);
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
    std::string change = remove_ports(table_, gone.ports) + remove_openings(table_, openings_of(gone.ports)) +
                         remove_rates(table_, gone.rates);
    for (const FirewallMember& member : gone.members) change += remove_member(table_, member.link);
    return put(change).in("firewall");
}

core::Networks::Advertised KernelNetworks::advertised(const core::RunKey& run,
                                                      const core::ProcessIdentity& inside) const {
    Advertised all;
    const auto found = connected_.find(run);
    if (found == connected_.end()) return all;
    const auto table = read_file("/proc/" + std::to_string(inside.pid) + "/net/if_inet6");
    // Looked at last: until then the number was that very process's.
    if (!table || !is_alive(inside)) return all;
    for (std::size_t i = 0; i < found->second.members.size(); ++i) {
        const FirewallMember& member = found->second.members[i];
        if (!member.follows_routers) continue;
        const auto address = advertised_address(*table, "eth" + std::to_string(i), member.hardware);
        if (address) all.emplace(found->second.bridges[i], *address);
    }
    return all;
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

void KernelNetworks::forget_all() {
    raised_.clear();
    connected_.clear();
}

core::Status KernelNetworks::take_over(const core::RunKey& run, const core::Connections& connections) {
    const Connected& added = connected_[run] = connected(run, connections);
    core::Status done;
    for (const core::Connection& one : connections.interfaces) {
        core::Status joined = join(added, one.bridge);
        if (!joined && done) done = std::move(joined);
    }
    return done;
}

}  // namespace potd::platform
