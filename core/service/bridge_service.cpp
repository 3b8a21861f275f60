#include "core/service/bridge_service.hpp"

#include "core/model/names.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace potd::core {
namespace {

Event bridge_event(std::string_view type, const Bridge& bridge, WallTime now) {
    return {0, now, std::string(type), {}, {}, 0, {{"network", bridge.name}}};
}

std::optional<IpAddress> address_of(const Leases& leases, std::string_view bridge, IpAddress::Family family) {
    for (const Leases::Address& one : leases.addresses) {
        if (one.bridge == bridge && one.address.family == family) return one.address;
    }
    return std::nullopt;
}

/// Where ports are led: of each family the pot's first address.
std::optional<IpAddress> first_of(const Connections& connections,
                                  std::optional<IpAddress> Connection::*family) {
    for (const Connection& one : connections.interfaces) {
        if (one.*family) return one.*family;
    }
    return std::nullopt;
}

/// An address of the host is of one family, so the port leads to the pot's address of that one.
bool leads_to(const PublishedPort& port, IpAddress::Family family) {
    return !port.address || port.address->family == family;
}

/// Whether it is an address that others know, too.
bool is_routed(const Connections& connections, const std::optional<IpAddress>& ipv6) {
    const auto& all = connections.interfaces;
    return ipv6 && std::any_of(all.begin(), all.end(),
                               [&](const Connection& one) { return one.ipv6 == ipv6 && one.bridge.routed; });
}

TrafficRates rates_of(const Limits& limits) {
    return {limits.network_rx, limits.network_tx};
}

}  // namespace

BridgeService::BridgeService(Ports ports) : ports_(ports), book_(ports_.automatic_ports) {}

Error BridgeService::unknown(std::string_view name) {
    return error(ErrorKind::NotFound, "no network is called '" + std::string(name) + "'");
}

// Reading

const Bridge* BridgeService::find(std::string_view name) const {
    if (busy_.contains(name)) return nullptr;
    const auto found = bridges_.find(name);
    return found == bridges_.end() ? nullptr : &found->second;
}

std::vector<Bridge> BridgeService::list() const {
    std::vector<Bridge> all;
    all.reserve(bridges_.size());
    for (const auto& [name, bridge] : bridges_) {
        if (!busy_.contains(name)) all.push_back(bridge);
    }
    return all;
}

// Making

Status BridgeService::check_new(const BridgeRequest& request) const {
    if (Status legal = check_name(request.name); !legal) return legal;
    if (request.name == public_bridge)
        return invalid_field("name", request.name,
                             "another name: the public network is made with the first pot on it");
    if (!bridges_.contains(request.name) && !busy_.contains(request.name)) return {};
    Error taken = error(ErrorKind::Conflict, "a network called '" + request.name + "' exists already");
    taken.field = "name";
    return taken;
}

Result<std::vector<TakenNetwork>> BridgeService::taken() const {
    auto all = ports_.networks.taken();
    if (!all) return all;
    for (const auto& [name, bridge] : bridges_) {
        for (const auto& side : {bridge.ipv4, bridge.ipv6}) {
            if (side) all->push_back({side->network, "network " + name});
        }
    }
    for (const auto& [name, bridge] : planned_) {
        for (const auto& side : {bridge.ipv4, bridge.ipv6}) {
            if (side) all->push_back({side->network, "network " + name});
        }
    }
    return all;
}

Status BridgeService::check_uplink(const std::string& uplink) const {
    const auto owner = [&](const auto& bridges) {
        return std::find_if(bridges.begin(), bridges.end(),
                            [&](const auto& one) { return one.second.uplink == uplink; });
    };
    const auto known = owner(bridges_);
    const auto planned = owner(planned_);
    if (known == bridges_.end() && planned == planned_.end()) return ports_.networks.check_uplink(uplink);
    Error taken = error(ErrorKind::Conflict, "uplink: " + uplink + " is the uplink of network " +
                                                 (known == bridges_.end() ? planned->first : known->first) +
                                                 " already");
    taken.field = "uplink";
    return taken;
}

/// Where there is no IPv6 what is chosen is without, and what asks for it is refused.
Result<BridgeRequest> BridgeService::within_families(BridgeRequest request) const {
    // Of uplinks, whose bridges have no networks, the adapter says it.
    if (request.without_ipv6 || !request.uplink.empty()) return request;
    Status able = ports_.networks.check_ipv6();
    if (able) return request;
    const bool asks = request.ipv6 || request.without_ipv4 || request.routed;
    request.without_ipv6 = true;
    if (!asks) return request;
    const std::string_view field = request.ipv6 || request.without_ipv4 ? "ipv6" : "routed";
    Error refused = std::move(able).error().in(std::string(field));
    refused.field = field;
    return refused;
}

Result<Bridge> BridgeService::plan(const BridgeRequest& request) const {
    if (Status able = ports_.networks.check(); !able) return std::move(able).error();
    const auto present = taken();
    if (!present) return present.error();
    const auto possible = within_families(request);
    if (!possible) return possible.error();
    auto bridge = plan_bridge(*possible, ports_.pools, *present);
    if (bridge && !bridge->uplink.empty()) {
        if (Status able = check_uplink(bridge->uplink); !able) return std::move(able).error();
    }
    if (bridge) bridge->created_at = ports_.clock.wall();
    return bridge;
}

void BridgeService::take_in(const Bridge& bridge) {
    bridges_[bridge.name] = bridge;
    book_.add(bridge);
}

void BridgeService::create(const BridgeRequest& request, Reply<Bridge> reply, const Along& along) {
    Status allowed = check_new(request);
    Result<Bridge> planned = allowed ? plan(request) : Result<Bridge>(std::move(allowed).error());
    if (!planned) return reply_later<Bridge>(ports_.executor, std::move(reply), std::move(planned));
    const Bridge bridge = *std::move(planned);
    busy_.insert(bridge.name);
    planned_.emplace(bridge.name, bridge);
    auto recorded = [this, bridge, along](const Result<std::vector<Event>>& result) {
        busy_.erase(bridge.name);
        planned_.erase(bridge.name);
        if (!result && along) along.lost();
        if (!result) return;
        take_in(bridge);
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    auto durable = [bridge, reply = std::move(reply)](const Status& status) {
        if (status) return reply(bridge);
        reply(Error(status.error()).in("network " + bridge.name));
    };
    std::vector<Change> changes{PutBridge{bridge},
                                AppendEvent{bridge_event("network.created", bridge, bridge.created_at)}};
    if (along) along.board(changes, nullptr);
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

/// The public network comes with whoever first needs it.
Status BridgeService::ensure_public() {
    if (bridges_.contains(public_bridge)) return {};
    BridgeRequest request;
    request.name = public_bridge;
    request.isolated = ports_.isolate_public;
    request.routed = ports_.route_public;
    auto bridge = plan(request);
    if (!bridge) return std::move(bridge).error().in("the public network");
    public_is_recorded_ = public_is_on_its_way_ = false;
    take_in(*bridge);
    return {};
}

/// First, as leases are of networks that are recorded. Twice is no harm: one of two transactions may fail.
void BridgeService::board_public(std::vector<Change>& changes) {
    const auto found = bridges_.find(public_bridge);
    if (public_is_recorded_ || found == bridges_.end()) return;
    const Bridge& bridge = found->second;
    changes.insert(changes.begin(), PutBridge{bridge});
    if (std::exchange(public_is_on_its_way_, true)) return;
    changes.emplace_back(AppendEvent{bridge_event("network.created", bridge, bridge.created_at)});
}

Along BridgeService::boarding(const PotSpec& spec, Along along) {
    if (spec.network.type != NetworkType::PublicBridge || public_is_recorded_) return along;
    Along both;
    both.board = [this, along](std::vector<Change>& changes, const Pot* next) {
        board_public(changes);
        if (along) along.board(changes, next);
    };
    both.lost = [this, along] {
        public_is_on_its_way_ = false;
        if (along) along.lost();
    };
    return both;
}

void BridgeService::raise(std::string_view name, Reply<Bridge> reply) {
    Status done = name == public_bridge ? ensure_public() : Status();
    const Bridge* const bridge = find(name);
    if (done && bridge == nullptr) done = unknown(name);
    if (done) done = ports_.networks.raise(*bridge);
    if (done && name == public_bridge && !public_is_recorded_) return record_public(std::move(reply));
    reply_later<Bridge>(ports_.executor, std::move(reply),
                        done ? Result<Bridge>(*bridge) : Result<Bridge>(std::move(done).error()));
}

void BridgeService::record_public(Reply<Bridge> reply) {
    std::vector<Change> changes;
    board_public(changes);
    auto recorded = [this](const Result<std::vector<Event>>& result) {
        public_is_recorded_ = public_is_recorded_ || result.ok();
        public_is_on_its_way_ = false;
        if (!result) return;
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    auto durable = [bridge = bridges_.find(public_bridge)->second,
                    reply = std::move(reply)](const Status& status) {
        if (status) return reply(bridge);
        reply(Error(status.error()).in("network " + bridge.name));
    };
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

// Removing

Status BridgeService::check_removable(std::string_view name) const {
    if (find(name) == nullptr) return unknown(name);
    const std::string what = "network " + std::string(name);
    constexpr std::size_t most_named = 5;
    const Uses all = uses();
    const auto found = all.find(name);
    if (found == all.end() || found->second.empty()) {
        if (!book_.is_used(name)) return {};
        return error(ErrorKind::Conflict, what + ": a pot on it is being made or changed");
    }
    std::string text = what + " is used by";
    for (std::size_t i = 0; i < found->second.size() && i < most_named; ++i)
        text += " " + found->second[i].pot;
    if (found->second.size() > most_named)
        text += " and " + std::to_string(found->second.size() - most_named) + " more";
    return error(ErrorKind::Conflict, std::move(text));
}

void BridgeService::remove(std::string_view name, Reply<void> reply, const Along& along) {
    if (Status allowed = check_removable(name); !allowed)
        return reply_later<void>(ports_.executor, std::move(reply), std::move(allowed));
    const Bridge bridge = bridges_.find(name)->second;
    busy_.insert(bridge.name);
    // The record goes first: what a crash in between leaves is an interface of no network, which the next
    // start takes away.
    auto recorded = [this, bridge, along](const Result<std::vector<Event>>& result) {
        busy_.erase(bridge.name);
        if (!result && along) along.lost();
        if (!result) return;
        bridges_.erase(bridge.name);
        book_.remove(bridge.name);
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    auto durable = [this, bridge, reply = std::move(reply)](Status status) {
        if (status && !bridges_.contains(bridge.name)) status = ports_.networks.remove(bridge.name);
        reply(std::move(status).in("network " + bridge.name));
    };
    std::vector<Change> changes{RemoveBridge{bridge.name},
                                AppendEvent{bridge_event("network.removed", bridge, ports_.clock.wall())}};
    if (along) along.board(changes, nullptr);
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

// For the pots

Result<BridgeService::Held> BridgeService::lease(const PotSpec& spec, const PotId& id) {
    if (!is_bridged(spec.network)) return Held{};
    if (Status able = ports_.networks.check(); !able) {
        Error refused = std::move(able).error().in("network.type");
        refused.field = "network.type";
        return refused;
    }
    if (Status able = check_rates(spec.limits); !able) return std::move(able).error();
    if (Status able = check_protocols(spec.ports); !able) return std::move(able).error();
    if (spec.network.type == NetworkType::PublicBridge) {
        if (Status there = ensure_public(); !there) return std::move(there).error();
    }
    auto leases = book_.find(spec, id);
    if (!leases) return std::move(leases).error();
    const auto hold = book_.hold({id, spec.name}, *leases, spec);
    return Held{*std::move(leases), hold};
}

Status BridgeService::check_rates(const Limits& limits) const {
    for (const LeftOut& lack : rates_left_out(limits)) {
        if (is_best_effort(limits, lack.field)) continue;
        Error refused = ports_.networks.check_rates().error();
        refused.field = lack.field;
        return std::move(refused).in(lack.field);
    }
    return {};
}

std::vector<LeftOut> BridgeService::rates_left_out(const Limits& limits) const {
    std::vector<LeftOut> left;
    if (rates_of(limits).empty()) return left;
    const Status able = ports_.networks.check_rates();
    if (able) return left;
    if (limits.network_rx != 0) left.push_back({"limits.network_rx", able.error().message});
    if (limits.network_tx != 0) left.push_back({"limits.network_tx", able.error().message});
    return left;
}

/// Those that are left out are none.
TrafficRates BridgeService::rates_for(const Limits& limits) const {
    return rates_left_out(limits).empty() ? rates_of(limits) : TrafficRates();
}

Status BridgeService::check_protocols(const std::vector<PublishedPort>& ports) const {
    for (std::size_t i = 0; i < ports.size(); ++i) {
        Status able = ports_.networks.check_protocol(ports[i].protocol);
        if (able) continue;
        const std::string field = "ports[" + std::to_string(i) + "].protocol";
        Error refused = std::move(able).error().in(field);
        refused.field = field;
        return refused;
    }
    return {};
}

void BridgeService::let_go(LeaseBook::Hold hold) {
    book_.let_go(hold);
}

void BridgeService::record(const Pot& pot) {
    if (pot.spec.network.type == NetworkType::PublicBridge) public_is_recorded_ = true;
    if (pot.spec.network.bridges.empty())
        book_.forget(pot.id);
    else
        book_.record({pot.id, pot.spec.name}, pot.leases, pot.spec);
}

void BridgeService::forget(const PotId& pot) {
    book_.forget(pot);
}

Result<Connections> BridgeService::connections(const PotId& pot, const PotSpec& spec,
                                               const Leases& leases) const {
    Connections all;
    all.rates = rates_for(spec.limits);
    for (const BridgeInterface& wanted : spec.network.bridges) {
        const auto bridge = bridges_.find(wanted.bridge);
        if (bridge == bridges_.end()) return unknown(wanted.bridge);
        all.interfaces.push_back({bridge->second, address_of(leases, wanted.bridge, IpAddress::Family::V4),
                                  address_of(leases, wanted.bridge, IpAddress::Family::V6),
                                  hardware_of(pot, wanted)});
    }
    const auto ipv4 = first_of(all, &Connection::ipv4);
    const auto ipv6 = first_of(all, &Connection::ipv6);
    const bool routed = is_routed(all, ipv6);
    for (std::size_t i = 0; i < spec.ports.size() && i < leases.host_ports.size(); ++i) {
        const PublishedPort& port = spec.ports[i];
        // 0.0.0.0 and :: are all the host has of their family. A port of one address is for who comes by
        // that.
        const bool any = port.address && is_unspecified(*port.address);
        all.ports.push_back({port.protocol, leases.host_ports[i], port.container, port.count,
                             any ? std::nullopt : port.address,
                             leads_to(port, IpAddress::Family::V4) ? ipv4 : std::nullopt,
                             leads_to(port, IpAddress::Family::V6) ? ipv6 : std::nullopt,
                             routed && leads_to(port, IpAddress::Family::V6) && (any || !port.address)});
    }
    return all;
}

Result<std::vector<Connection>> BridgeService::connect(const RunKey& run, const Pot& pot) {
    if (pot.spec.network.bridges.empty()) return std::vector<Connection>();
    auto all = connections(pot.id, pot.spec, pot.leases);
    if (!all) return std::move(all).error();
    if (Status done = ports_.networks.connect(run, *all); !done) return std::move(done).error();
    return std::move(all->interfaces);
}

Status BridgeService::disconnect(const RunKey& run) {
    return ports_.networks.disconnect(run);
}

bool BridgeService::has_uplink(const PotSpec& spec) const {
    const auto& all = spec.network.bridges;
    return std::any_of(all.begin(), all.end(), [&](const BridgeInterface& one) {
        const auto bridge = bridges_.find(one.bridge);
        return bridge != bridges_.end() && !bridge->second.uplink.empty();
    });
}

BridgeService::Advertised BridgeService::advertised(const Pot& pot) const {
    Advertised all;
    for (const BridgeInterface& one : pot.spec.network.bridges) {
        const auto bridge = bridges_.find(one.bridge);
        if (bridge != bridges_.end() && !bridge->second.uplink.empty()) all.emplace(one.bridge, std::nullopt);
    }
    const bool runs = pot.run && !pot.run->end && pot.run->processes.init.pid != 0;
    if (all.empty() || !runs) return all;
    for (const auto& [bridge, address] :
         ports_.networks.advertised({pot.id, pot.run->number}, pot.run->processes.init)) {
        if (const auto found = all.find(bridge); found != all.end()) found->second = address;
    }
    return all;
}

Status BridgeService::check_ports(const Pot& pot, const PotSpec& next, const Leases& leases) const {
    const auto before = connections(pot.id, pot.spec, pot.leases);
    auto after = connections(pot.id, next, leases);
    if (!before || !after) return (before ? after : before).error();
    // Those it has stay in their places, so that an error names the right one.
    for (PortForward& port : after->ports) {
        const auto& present = before->ports;
        const bool is_present = std::any_of(present.begin(), present.end(), [&](const PortForward& one) {
            return one.protocol == port.protocol && one.host == port.host && one.count == port.count &&
                   one.address == port.address;
        });
        if (is_present) port.count = 0;
    }
    return ports_.networks.check_free(after->ports);
}

Status BridgeService::change_ports(const RunKey& run, const Pot& pot) {
    const auto all = connections(pot.id, pot.spec, pot.leases);
    return all ? ports_.networks.change_ports(run, all->ports) : Status(all.error());
}

Status BridgeService::change_rates(const RunKey& run, const Pot& pot) {
    if (!rates_left_out(pot.spec.limits).empty()) return {};
    return ports_.networks.change_rates(run, rates_of(pot.spec.limits));
}

void BridgeService::recover(const std::vector<Bridge>& stored) {
    for (const Bridge& bridge : stored) take_in(bridge);
    public_is_recorded_ = bridges_.contains(public_bridge);
}

Status BridgeService::settle(const std::vector<std::pair<RunKey, const Pot*>>& live) const {
    Networks::Live connected;
    for (const auto& [run, pot] : live) {
        if (pot->spec.network.bridges.empty()) continue;
        auto all = connections(pot->id, pot->spec, pot->leases);
        if (!all) return std::move(all).error();
        connected.emplace(run, *std::move(all));
    }
    return ports_.networks.settle(list(), connected);
}

}  // namespace potd::core
