#include "core/service/lease_book.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace potd::core {
namespace {

using Family = IpAddress::Family;
using Wish = AddressWish::Kind;

std::string_view name_of(Family family) {
    return family == Family::V4 ? "ipv4" : "ipv6";
}

std::string leased_field(std::size_t index) {
    return index == 0 ? "network" : "network.interfaces[" + std::to_string(index - 1) + "]";
}

Error refusal(ErrorKind kind, const std::string& field, const std::string& text) {
    Error refused = error(kind, field + ": " + text);
    refused.field = field;
    return refused;
}

std::vector<PublishedPort> with_host_ports(std::vector<PublishedPort> ports, const Leases& leases) {
    for (std::size_t i = 0; i < ports.size() && i < leases.host_ports.size(); ++i)
        ports[i].host = leases.host_ports[i];
    return ports;
}

std::string text_of(const AddressWish& wish) {
    switch (wish.kind) {
        case Wish::Any:
        case Wish::Auto: return "auto";
        case Wish::Given: return to_string(wish.address);
        case Wish::None: return "none";
        case Wish::Slaac: return "slaac";
    }
    return {};
}

/// As asked for, whatever the host's port came to be.
bool same_wish(const PublishedPort& left, const PublishedPort& right) {
    return left.protocol == right.protocol && left.container == right.container &&
           left.count == right.count && left.address == right.address;
}

}  // namespace

HardwareAddress hardware_of(const PotId& pot, const BridgeInterface& interface) {
    return interface.hardware ? *interface.hardware
                              : made_hardware_address(pot.text + "|" + interface.bridge);
}

LeaseBook::LeaseBook(PortRange automatic) : automatic_(automatic) {
    const auto count = static_cast<std::uint64_t>(std::max(0, automatic.last - automatic.first + 1));
    for (const auto protocol :
         {PublishedPort::Protocol::Tcp, PublishedPort::Protocol::Udp, PublishedPort::Protocol::Sctp})
        free_ports_.emplace(protocol, NumberPool(count));
}

void LeaseBook::add(const Bridge& bridge) {
    Networks& networks = bridges_[bridge.name];
    networks.has_uplink = !bridge.uplink.empty();
    for (const auto& side : {bridge.ipv4, bridge.ipv6}) {
        if (!side) continue;
        Network network{side->network, NumberPool(host_count(side->network)), {}};
        const auto gateway = host_number(side->network, side->gateway);
        if (gateway) network.taken.take(*gateway);
        networks.families.push_back(std::move(network));
    }
}

void LeaseBook::remove(std::string_view bridge) {
    const auto found = bridges_.find(bridge);
    if (found != bridges_.end()) bridges_.erase(found);
}

const LeaseBook::Network* LeaseBook::network(std::string_view bridge, Family family) const {
    const auto found = bridges_.find(bridge);
    if (found == bridges_.end()) return nullptr;
    for (const Network& one : found->second.families) {
        if (one.range.first.family == family) return &one;
    }
    return nullptr;
}

LeaseBook::Network* LeaseBook::network(std::string_view bridge, Family family) {
    return const_cast<Network*>(std::as_const(*this).network(bridge, family));
}

bool LeaseBook::is_used(std::string_view bridge) const {
    const auto found = bridges_.find(bridge);
    return found != bridges_.end() && !found->second.stations.empty();
}

/// What one pot gets, part by part.
class LeaseBook::Choice {
  public:
    Choice(const LeaseBook& book, const PotSpec& spec, const PotId& own)
        : book_(book), spec_(spec), own_(own) {
        if (const auto found = book.recorded_.find(own); found != book.recorded_.end())
            present_ = &found->second;
    }

    Result<Leases> make() {
        for (std::size_t i = 0; i < spec_.network.bridges.size(); ++i) {
            if (Status taken = add_interface(i); !taken) return std::move(taken).error();
        }
        if (Status led = check_ports_lead_somewhere(); !led) return std::move(led).error();
        chosen_ = spec_.ports;
        for (std::size_t i = 0; i < chosen_.size(); ++i) {
            if (Status free = check_given_port(i); !free) return std::move(free).error();
        }
        for (std::size_t i = 0; i < chosen_.size(); ++i) {
            if (Status found = choose_port(i); !found) return std::move(found).error();
            leases_.host_ports.push_back(*chosen_[i].host);
        }
        return std::move(leases_);
    }

  private:
    Status add_interface(std::size_t index) {
        const BridgeInterface& one = spec_.network.bridges[index];
        const std::string field = leased_field(index);
        const auto bridge = book_.bridges_.find(one.bridge);
        if (bridge == book_.bridges_.end())
            return refusal(ErrorKind::NotFound, field + ".bridge",
                           "no bridge is called '" + one.bridge + "'");
        if (Status alone = check_station(one, field); !alone) return alone;
        if (bridge->second.has_uplink) return check_uplinked(one, field);
        if (one.ipv6.kind == Wish::Slaac)
            return invalid_field(field + ".ipv6", "slaac",
                                 "auto, none or an address, as bridge " + one.bridge + " has no uplink");
        const std::size_t before = leases_.addresses.size();
        if (Status ipv4 = add_address(one, one.ipv4, Family::V4, field); !ipv4) return ipv4;
        if (Status ipv6 = add_address(one, one.ipv6, Family::V6, field); !ipv6) return ipv6;
        if (leases_.addresses.size() > before) return {};
        return invalid_field(field + ".bridge", one.bridge, "a bridge with a family that the pot wants");
    }

    /// It has addresses by SLAAC there, and no others.
    static Status check_uplinked(const BridgeInterface& one, const std::string& where) {
        const std::string why = ", as bridge " + one.bridge + " has an uplink, and addresses by SLAAC alone";
        if (one.ipv4.kind == Wish::Auto || one.ipv4.kind == Wish::Given)
            return invalid_field(where + ".ipv4", text_of(one.ipv4), "none" + why);
        if (one.ipv6.kind == Wish::None || one.ipv6.kind == Wish::Given)
            return invalid_field(where + ".ipv6", text_of(one.ipv6), "slaac" + why);
        return {};
    }

    [[nodiscard]] Status check_ports_lead_somewhere() const {
        if (spec_.ports.empty() || !leases_.addresses.empty()) return {};
        return invalid_field(
            "ports[0]", to_string(spec_.ports.front()),
            "none, as the pot is only on bridges with an uplink, where it is reached by its own "
            "address");
    }

    Status check_station(const BridgeInterface& one, const std::string& where) const {
        const Station station{one.bridge, hardware_of(own_, one)};
        if (present_ != nullptr && std::find(present_->stations.begin(), present_->stations.end(), station) !=
                                       present_->stations.end())
            return {};
        const Holder* const other = book_.holder_of(station, own_);
        if (other == nullptr) return {};
        return refusal(ErrorKind::Conflict, where + ".mac",
                       to_string(station.hardware) + " is the hardware address of pot " + other->name +
                           " on bridge " + one.bridge + "; give another one");
    }

    Status add_address(const BridgeInterface& one, const AddressWish& wish, Family family,
                       const std::string& where) {
        if (wish.kind == Wish::None) return {};
        const std::string field = where + "." + std::string(name_of(family));
        const Network* const network = book_.network(one.bridge, family);
        if (network == nullptr) {
            if (wish.kind == Wish::Any) return {};
            return invalid_field(field, text_of(wish),
                                 "none, as bridge " + one.bridge + " has no addresses of this family");
        }
        auto address = wish.kind == Wish::Given ? given(*network, wish.address, one.bridge, field)
                                                : chosen(*network, one.bridge, field);
        if (!address) return std::move(address).error();
        leases_.addresses.push_back({one.bridge, *address});
        return {};
    }

    Result<IpAddress> given(const Network& network, const IpAddress& address, const std::string& bridge,
                            const std::string& field) const {
        const auto number = host_number(network.range, address);
        if (!number)
            return invalid_field(
                field, to_string(address),
                "a host of " + to_string(network.range) + ", the network of bridge " + bridge);
        const auto claim = network.claims.find(*number);
        if (claim == network.claims.end() && network.taken.is_taken(*number))
            return refusal(ErrorKind::Conflict, field,
                           to_string(address) + " is the address of bridge " + bridge + " itself");
        if (claim == network.claims.end() || claim->second.holder.id == own_) return address;
        return refusal(ErrorKind::Conflict, field,
                       to_string(address) + " is the address of pot " + claim->second.holder.name);
    }

    Result<IpAddress> chosen(const Network& network, const std::string& bridge,
                             const std::string& field) const {
        if (present_ != nullptr) {
            for (const Leases::Address& one : present_->leases.addresses) {
                if (one.bridge == bridge && one.address.family == network.range.first.family)
                    return one.address;
            }
        }
        if (const auto number = network.taken.lowest_free()) return host_at(network.range, *number);
        return refusal(ErrorKind::ResourceExhausted, field,
                       "all addresses of " + to_string(network.range) + ", the network of bridge " + bridge +
                           ", are taken");
    }

    Status check_given_port(std::size_t index) const {
        const PublishedPort& port = chosen_[index];
        if (!port.host) return {};
        const Holder* const other = book_.holder_of(port, own_);
        if (other == nullptr) return {};
        return refusal(ErrorKind::Conflict, "ports[" + std::to_string(index) + "].host",
                       to_string(port) + " is published by pot " + other->name);
    }

    Status choose_port(std::size_t index) {
        PublishedPort& port = chosen_[index];
        if (port.host) return {};
        if (present_ != nullptr) {
            for (const PublishedPort& one : present_->ports) {
                if (!same_wish(one, port)) continue;
                port.host = one.host;
                if (is_free(index)) return {};
            }
        }
        const NumberPool& pool = book_.free_ports_.at(port.protocol);
        const int last = book_.automatic_.last - port.count + 1;
        const auto lowest = pool.lowest_free();
        const int first = lowest ? book_.automatic_.first + static_cast<int>(*lowest) - 1 : last + 1;
        for (int candidate = first; candidate <= last; ++candidate) {
            port.host = candidate;
            if (all_unclaimed(port) && is_free(index)) return {};
        }
        return refusal(ErrorKind::ResourceExhausted, "ports[" + std::to_string(index) + "].host",
                       "the ports from " + std::to_string(book_.automatic_.first) + " to " +
                           std::to_string(book_.automatic_.last) + " are taken; give one");
    }

    /// By nobody, on any address of the host.
    [[nodiscard]] bool all_unclaimed(const PublishedPort& port) const {
        for (int i = 0; i < port.count; ++i) {
            if (book_.ports_.contains({port.protocol, *port.host + i})) return false;
        }
        return true;
    }

    [[nodiscard]] bool is_free(std::size_t index) const {
        for (std::size_t i = 0; i < chosen_.size(); ++i) {
            if (i != index && clash(chosen_[i], chosen_[index])) return false;
        }
        return book_.holder_of(chosen_[index], own_) == nullptr;
    }

    const LeaseBook& book_;
    const PotSpec& spec_;
    const PotId& own_;
    const Claims* present_ = nullptr;
    Leases leases_;
    std::vector<PublishedPort> chosen_;
};

Result<Leases> LeaseBook::find(const PotSpec& spec, const PotId& own) const {
    return Choice(*this, spec, own).make();
}

/// Of a port of the row: another pot that has it on one of the same addresses.
const LeaseBook::Holder* LeaseBook::holder_of(const PublishedPort& port, const PotId& own) const {
    for (int i = 0; i < port.count; ++i) {
        const auto found = ports_.find({port.protocol, *port.host + i});
        if (found == ports_.end()) continue;
        for (const PortClaim& claim : found->second) {
            if (overlap_on_host(claim.address, port.address) && claim.holder.id != own) return &claim.holder;
        }
    }
    return nullptr;
}

const LeaseBook::Holder* LeaseBook::holder_of(const Station& station, const PotId& own) const {
    const auto bridge = bridges_.find(station.bridge);
    if (bridge == bridges_.end()) return nullptr;
    const auto found = bridge->second.stations.find(station.hardware);
    if (found == bridge->second.stations.end()) return nullptr;
    for (const AddressClaim& claim : found->second) {
        if (claim.holder.id != own) return &claim.holder;
    }
    return nullptr;
}

LeaseBook::Claims LeaseBook::claims_of(const Holder& pot, const Leases& leases, const PotSpec& spec) {
    Claims claims{pot, leases, with_host_ports(spec.ports, leases), {}};
    for (const BridgeInterface& one : spec.network.bridges)
        claims.stations.push_back({one.bridge, hardware_of(pot.id, one)});
    return claims;
}

LeaseBook::Hold LeaseBook::hold(const Holder& pot, const Leases& leases, const PotSpec& spec) {
    Claims claims = claims_of(pot, leases, spec);
    claim(claims);
    held_.emplace(next_, std::move(claims));
    return next_++;
}

void LeaseBook::let_go(Hold hold) {
    const auto found = held_.find(hold);
    if (found == held_.end()) return;
    unclaim(found->second);
    held_.erase(found);
}

void LeaseBook::record(const Holder& pot, const Leases& leases, const PotSpec& spec) {
    Claims claims = claims_of(pot, leases, spec);
    claim(claims);
    forget(pot.id);
    recorded_.emplace(pot.id, std::move(claims));
}

void LeaseBook::forget(const PotId& pot) {
    const auto found = recorded_.find(pot);
    if (found == recorded_.end()) return;
    unclaim(found->second);
    recorded_.erase(found);
}

void LeaseBook::claim(const Claims& claims) {
    for (const Leases::Address& one : claims.leases.addresses) {
        Network* const where = network(one.bridge, one.address.family);
        const auto number = where == nullptr ? std::nullopt : host_number(where->range, one.address);
        if (!number) continue;
        AddressClaim& claim = where->claims[*number];
        claim.holder = claims.holder;
        ++claim.times;
        where->taken.take(*number);
    }
    for (const PublishedPort& port : claims.ports) claim_port(claims, port);
    for (const Station& station : claims.stations) claim_station(claims.holder, station);
}

void LeaseBook::unclaim(const Claims& claims) {
    for (const Leases::Address& one : claims.leases.addresses) {
        Network* const where = network(one.bridge, one.address.family);
        const auto number = where == nullptr ? std::nullopt : host_number(where->range, one.address);
        if (!number || --where->claims.at(*number).times > 0) continue;
        where->claims.erase(*number);
        where->taken.give_back(*number);
    }
    for (const PublishedPort& port : claims.ports) unclaim_port(claims, port);
    for (const Station& station : claims.stations) unclaim_station(claims.holder, station);
}

void LeaseBook::claim_station(const Holder& holder, const Station& station) {
    const auto bridge = bridges_.find(station.bridge);
    if (bridge == bridges_.end()) return;
    std::vector<AddressClaim>& all = bridge->second.stations[station.hardware];
    const auto own = std::find_if(all.begin(), all.end(),
                                  [&](const AddressClaim& one) { return one.holder.id == holder.id; });
    AddressClaim& one = own == all.end() ? all.emplace_back() : *own;
    one.holder = holder;
    ++one.times;
}

void LeaseBook::unclaim_station(const Holder& holder, const Station& station) {
    const auto bridge = bridges_.find(station.bridge);
    if (bridge == bridges_.end()) return;
    auto& stations = bridge->second.stations;
    const auto found = stations.find(station.hardware);
    if (found == stations.end()) return;
    std::erase_if(found->second,
                  [&](AddressClaim& one) { return one.holder.id == holder.id && --one.times == 0; });
    if (found->second.empty()) stations.erase(found);
}

void LeaseBook::claim_port(const Claims& claims, const PublishedPort& port) {
    if (!port.host) return;
    for (int i = 0; i < port.count; ++i) {
        std::vector<PortClaim>& all = ports_[{port.protocol, *port.host + i}];
        const auto own = std::find_if(all.begin(), all.end(), [&](const PortClaim& one) {
            return one.holder.id == claims.holder.id && one.address == port.address;
        });
        PortClaim& one = own == all.end() ? all.emplace_back() : *own;
        one.holder = claims.holder;
        one.address = port.address;
        ++one.times;
        const int number = *port.host + i - automatic_.first + 1;
        if (number > 0) free_ports_.at(port.protocol).take(static_cast<std::uint64_t>(number));
    }
}

void LeaseBook::unclaim_port(const Claims& claims, const PublishedPort& port) {
    if (!port.host) return;
    for (int i = 0; i < port.count; ++i) {
        const auto found = ports_.find({port.protocol, *port.host + i});
        std::erase_if(found->second, [&](PortClaim& one) {
            return one.holder.id == claims.holder.id && one.address == port.address && --one.times == 0;
        });
        if (!found->second.empty()) continue;
        ports_.erase(found);
        const int number = *port.host + i - automatic_.first + 1;
        if (number > 0) free_ports_.at(port.protocol).give_back(static_cast<std::uint64_t>(number));
    }
}

}  // namespace potd::core
