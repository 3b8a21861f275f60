#pragma once

#include "core/model/ip_address.hpp"
#include "core/model/pot.hpp"
#include "core/port/clock.hpp"
#include "core/service/supervisor.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace potd::core {

/// Which addresses pots have made by what routers beyond uplinks advertise (SLAAC), remembered. Nobody tells
/// when one comes or goes, so a pot that runs on such a bridge is looked at soon after its start and then
/// ever less often, at least once a minute. Nothing is stored. Loop thread only.
class LearntAddresses {
  public:
    using Addresses = std::map<std::string, IpAddress, std::less<>>;  ///< by the name of the bridge
    /// What a pot has at the moment, unset for what it has not yet; empty if it is on no such bridge.
    using Present = std::map<std::string, std::optional<IpAddress>, std::less<>>;
    struct Ports {
        Clock& clock;
        Timers& timers;
        std::function<PotPtr(const PotId&)> find;  ///< null for none
        std::function<Present(const Pot&)> ask;
        std::function<void(const Pot&)> changed;  ///< something came or went
    };

    explicit LearntAddresses(Ports ports) : ports_(std::move(ports)) {}

    /// A run of it is there from now on.
    void begin(const Pot& pot);
    void end(const PotId& pot);
    [[nodiscard]] const Addresses& of(const PotId& pot) const;

  private:
    struct Known {
        Addresses addresses;
        milliseconds pause{};
        Timers::Id timer = 0;
    };
    void look_again(const PotId& pot, Known& known);
    void look(const PotId& pot);

    Ports ports_;
    std::unordered_map<PotId, Known> known_;
};

}  // namespace potd::core
