#pragma once

#include "core/port/networks.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace potd::fakes {

/// Bridges that are names, and runs that hang on them. What exists outlives potd.
class FakeNetworks : public core::Networks {
  public:
    [[nodiscard]] core::Status check() const override { return able; }
    [[nodiscard]] core::Status check_ipv6() const override { return able_of_ipv6; }
    [[nodiscard]] core::Result<std::vector<core::TakenNetwork>> taken() const override { return of_the_host; }
    [[nodiscard]] core::Status check_uplink(const std::string& uplink) const override;
    [[nodiscard]] core::Status raise(const core::Bridge& bridge) override;
    [[nodiscard]] core::Status remove(const std::string& bridge) override;
    [[nodiscard]] core::Status connect(const core::RunKey& run,
                                       const core::Connections& connections) override;
    [[nodiscard]] core::Status check_free(const std::vector<core::PortForward>& ports) const override;
    [[nodiscard]] core::Status change_ports(const core::RunKey& run,
                                            const std::vector<core::PortForward>& ports) override;
    [[nodiscard]] core::Status check_protocol(core::PublishedPort::Protocol protocol) const override {
        return protocol == core::PublishedPort::Protocol::Sctp ? able_of_sctp : core::Status();
    }
    [[nodiscard]] core::Status check_rates() const override { return able_to_limit; }
    [[nodiscard]] core::Status change_rates(const core::RunKey& run,
                                            const core::TrafficRates& rates) override;
    [[nodiscard]] core::Status disconnect(const core::RunKey& run) override;
    [[nodiscard]] core::Status settle(const std::vector<core::Bridge>& bridges, const Live& live) override;

    [[nodiscard]] Advertised advertised(const core::RunKey& run,
                                        const core::ProcessIdentity& inside) const override;
    void set_lost(Lost told) override { lost = std::move(told); }

    core::Status able;
    Lost lost;
    std::vector<core::TakenNetwork> of_the_host;
    std::map<int, std::string> listeners;  ///< who listens on a port of the host
    std::optional<core::Error> error;      ///< of raise, connect, change_ports and change_rates
    std::set<std::string> raised;
    std::set<std::string> spare_interfaces{"eth1"};  ///< which may be uplinks
    std::optional<core::IpAddress> by_routers;       ///< on each bridge with an uplink
    Live connected;
    core::Status able_to_limit, able_of_sctp, able_of_ipv6;
};

}  // namespace potd::fakes
