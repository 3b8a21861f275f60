#pragma once

#include "core/base/result.hpp"
#include "core/model/bridge.hpp"
#include "core/model/hardware_address.hpp"
#include "core/model/ids.hpp"
#include "core/model/leases.hpp"
#include "core/model/number_pool.hpp"
#include "core/model/pot_spec.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace potd::core {

/// Ports of the host from which those are taken that a spec leaves open.
struct PortRange {
    int first = 0, last = 0;
};

/// What the interface of a pot on a bridge has: the one of its spec, else one made of its id, always the
/// same.
[[nodiscard]] HardwareAddress hardware_of(const PotId& pot, const BridgeInterface& interface);

/// Which pot has which address of a bridge, the hardware addresses among them, and which port of the host: at
/// most one has it (invariant I6 of the design). Hardware addresses follow from the spec and the id, and so
/// are recorded with them. Loop thread only; each call takes a time that grows with what the pot has, and
/// with the logarithm of what all have.
class LeaseBook {
  public:
    explicit LeaseBook(PortRange automatic);

    /// Before the first lease on it; its gateway is nobody's.
    void add(const Bridge& bridge);
    /// Nobody has a lease on it.
    void remove(std::string_view bridge);

    struct Holder {
        PotId id;
        std::string name;
    };
    /// What a pot of this spec gets: what it has already where that still fits, what the spec gives, else the
    /// lowest that is free; on a bridge with an uplink nothing, as routers beyond it say what it has.
    /// InvalidArgument with the field for an address that is no host's of the bridge, for a family that it
    /// lacks, and for ports of a pot that has no address of a bridge; NotFound with the field for an unknown
    /// bridge; Conflict, naming the pot, for what another has, the hardware address that is made of the pot's
    /// id included; ResourceExhausted.
    [[nodiscard]] Result<Leases> find(const PotSpec& spec, const PotId& own) const;

    // What is not recorded yet counts as well, so that two requests at once cannot both have it.
    using Hold = std::uint64_t;
    [[nodiscard]] Hold hold(const Holder& pot, const Leases& leases, const PotSpec& spec);
    void let_go(Hold hold);

    /// What the pot has from now on, in place of what it had.
    void record(const Holder& pot, const Leases& leases, const PotSpec& spec);
    void forget(const PotId& pot);

    /// Somebody has an address of it, recorded or held.
    [[nodiscard]] bool is_used(std::string_view bridge) const;

  private:
    struct Port {
        PublishedPort::Protocol protocol;
        int number;
        friend auto operator<=>(const Port&, const Port&) = default;
    };
    /// One pot's claim on a port, on one address of the host or on all.
    struct PortClaim {
        Holder holder;
        std::optional<IpAddress> address;
        int times = 0;  ///< it is claimed by its record and by holds
    };
    struct AddressClaim {
        Holder holder;
        int times = 0;
    };
    struct Network {
        IpNetwork range;
        NumberPool taken;
        std::map<std::uint64_t, AddressClaim> claims;  ///< by the number of the host
    };
    struct Networks {
        std::vector<Network> families;  ///< at most one of each
        bool has_uplink = false;
        /// Versions before this was looked at may have recorded several.
        std::map<HardwareAddress, std::vector<AddressClaim>> stations;
    };
    struct Station {
        std::string bridge;
        HardwareAddress hardware;
        friend bool operator==(const Station&, const Station&) = default;
    };
    struct Claims {
        Holder holder;
        Leases leases;
        std::vector<PublishedPort> ports;  ///< with the host's ports set
        std::vector<Station> stations;
    };
    class Choice;

    [[nodiscard]] const Network* network(std::string_view bridge, IpAddress::Family family) const;
    [[nodiscard]] Network* network(std::string_view bridge, IpAddress::Family family);
    [[nodiscard]] const Holder* holder_of(const PublishedPort& port, const PotId& own) const;
    /// Another pot whose interface on the bridge has it.
    [[nodiscard]] const Holder* holder_of(const Station& station, const PotId& own) const;
    [[nodiscard]] static Claims claims_of(const Holder& pot, const Leases& leases, const PotSpec& spec);
    void claim(const Claims& claims);
    void unclaim(const Claims& claims);
    void claim_station(const Holder& holder, const Station& station);
    void unclaim_station(const Holder& holder, const Station& station);
    void claim_port(const Claims& claims, const PublishedPort& port);
    void unclaim_port(const Claims& claims, const PublishedPort& port);

    PortRange automatic_;
    std::map<std::string, Networks, std::less<>> bridges_;
    std::map<Port, std::vector<PortClaim>> ports_;
    std::map<PublishedPort::Protocol, NumberPool> free_ports_;  ///< numbered from the range's first on
    std::unordered_map<PotId, Claims> recorded_;
    std::map<Hold, Claims> held_;
    Hold next_ = 1;
};

}  // namespace potd::core
