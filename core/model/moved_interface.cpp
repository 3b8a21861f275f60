#include "core/model/moved_interface.hpp"

#include "core/model/network_spec.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string_view>

namespace potd::core {
namespace {

constexpr std::size_t longest_name = 15;  // IFNAMSIZ - 1 on Linux and FreeBSD
constexpr std::size_t most_moved = 16;
constexpr std::size_t most_moved_addresses = 64;

bool is_loopback_name(std::string_view name) {
    return name == "lo" || name == "lo0";
}

bool is_near(const MovedInterface& one, const IpAddress& gateway) {
    const bool link_local = gateway.family == IpAddress::Family::V6 && gateway.bytes[0] == 0xfe &&
                            (gateway.bytes[1] & 0xc0U) == 0x80;
    return link_local || std::any_of(one.addresses.begin(), one.addresses.end(), [&](const auto& own) {
               return own.address.family == gateway.family &&
                      same_network(own.address, gateway, own.prefix.value_or(own.address.bits()));
           });
}

/// All devices of one network, one after the other.
class Checking {
  public:
    explicit Checking(const NetworkSpec& network) : network_(network) {
        for (std::size_t i = 0; i < network.bridges.size(); ++i) inside_.insert("eth" + std::to_string(i));
        for (const PotInterface& one : network.interfaces) {
            inside_.insert(one.interface);
            hosts_.insert(one.interface);
        }
    }

    Status check(const MovedInterface& one, const std::string& field) {
        if (Status name = check_interface_name(one.interface, field + ".interface"); !name) return name;
        if (is_loopback_name(one.interface))
            return invalid_field(field + ".interface", one.interface,
                                 "another one: each network has a loopback interface of its own");
        if (!hosts_.insert(one.interface).second)
            return invalid_field(field + ".interface", one.interface, "each interface of the host once");
        if (Status named = check_name(one, field); !named) return named;
        if (Status valid = check_addresses(one, field); !valid) return valid;
        return check_gateways(one, field);
    }

  private:
    Status check_name(const MovedInterface& one, const std::string& field) {
        const std::string& name = name_in_pot(one);
        if (Status good = check_interface_name(name, field + ".name"); !good) return good;
        if (!is_loopback_name(name) && inside_.insert(name).second) return {};
        return invalid_field(field + ".name", name, "a name that no other interface of the pot has");
    }

    Status check_addresses(const MovedInterface& one, const std::string& field) {
        for (std::size_t i = 0; i < one.addresses.size(); ++i) {
            const std::string place = field + ".addresses[" + std::to_string(i) + "]";
            if (!addresses_.insert(one.addresses[i].address).second)
                return invalid_field(place, to_string(one.addresses[i]), "each address once");
            if (addresses_.size() > most_moved_addresses)
                return invalid_field(place, to_string(one.addresses[i]), "at most 64 addresses");
        }
        return {};
    }

    Status check_gateways(const MovedInterface& one, const std::string& field) {
        for (std::size_t i = 0; i < one.gateways.size(); ++i) {
            const IpAddress& gateway = one.gateways[i];
            const std::string place = field + ".gateways[" + std::to_string(i) + "]";
            if (network_.type != NetworkType::None)
                return invalid_field(
                    place, to_string(gateway),
                    "none, as only with the type none an interface of the host is the way out");
            if (!families_.insert(gateway.family).second)
                return invalid_field(place, to_string(gateway),
                                     "one of each family, on all devices together");
            if (!is_near(one, gateway))
                return invalid_field(place, to_string(gateway), "an address of a network of this interface");
        }
        return {};
    }

    const NetworkSpec& network_;
    std::set<std::string, std::less<>> hosts_, inside_;
    std::set<IpAddress> addresses_;
    std::set<IpAddress::Family> families_;
};

}  // namespace

const std::string& name_in_pot(const MovedInterface& moved) {
    return moved.name.empty() ? moved.interface : moved.name;
}

Status check_interface_name(const std::string& name, const std::string& field) {
    const auto good = [](char c) { return c > ' ' && c < '\x7f' && c != '/' && c != '|'; };
    const bool fine = !name.empty() && name.size() <= longest_name && name != "." && name != ".." &&
                      std::all_of(name.begin(), name.end(), good);
    if (fine) return {};
    return invalid_field(field, name, "the name of an interface of the host, like eth0 or em0");
}

Status check_moved_interfaces(const NetworkSpec& network) {
    if (network.devices.empty()) return {};
    if (network.type == NetworkType::Inherit)
        return invalid_field("network.devices", network.devices.front().interface,
                             "none, as the type is inherit: the pot sees all that the host has");
    if (network.devices.size() > most_moved)
        return invalid_field("network.devices", std::to_string(network.devices.size()) + " devices",
                             "at most 16");
    Checking checking(network);
    for (std::size_t i = 0; i < network.devices.size(); ++i) {
        const std::string field = "network.devices[" + std::to_string(i) + "]";
        if (Status valid = checking.check(network.devices[i], field); !valid) return valid;
    }
    return {};
}

}  // namespace potd::core
