#pragma once

#include "core/port/executor.hpp"
#include "daemon/platform/linux/firewall_text.hpp"
#include "daemon/platform/linux/kernel_bridges.hpp"
#include "daemon/platform/linux/link_watch.hpp"
#include "daemon/platform/linux/nft.hpp"
#include "daemon/platform/linux/repair_bound.hpp"
#include "daemon/platform/linux/rule_watch.hpp"
#include "daemon/platform/posix/bridged_networks.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

struct NetworkOptions {
    std::string instance;
    bool set_forwarding = false;  ///< the host's forwarding is switched on with the first bridge
    std::function<void(const std::string&)> problem;  ///< for the log
    core::Reactor* reactor = nullptr;  ///< unset: what others do is mended with the next change
};

/// Bridges by rtnetlink, and what leads to pots and protects them by one nftables table of each family.
/// Tables that somebody else changes, and bridges that somebody removes, are put back at once, unless that
/// goes on and on.
class KernelNetworks final : public BridgedNetworks {
  public:
    explicit KernelNetworks(NetworkOptions options);

    [[nodiscard]] core::Status check() const override;
    /// Nor where the host has switched it off for all interfaces.
    [[nodiscard]] core::Status check_ipv6() const override;
    [[nodiscard]] core::Result<std::vector<core::TakenNetwork>> taken() const override;
    [[nodiscard]] core::Status check_uplink(const std::string& uplink) const override;
    [[nodiscard]] core::Status connect(const core::RunKey& run,
                                       const core::Connections& connections) override;
    [[nodiscard]] core::Status check_free(const std::vector<core::PortForward>& ports) const override;
    [[nodiscard]] core::Status change_ports(const core::RunKey& run,
                                            const std::vector<core::PortForward>& ports) override;
    [[nodiscard]] core::Status check_protocol(core::PublishedPort::Protocol protocol) const override;
    /// Asks the kernel once.
    [[nodiscard]] core::Status check_rates() const override;
    [[nodiscard]] core::Status change_rates(const core::RunKey& run,
                                            const core::TrafficRates& rates) override;
    [[nodiscard]] core::Status disconnect(const core::RunKey& run) override;
    [[nodiscard]] Advertised advertised(const core::RunKey& run,
                                        const core::ProcessIdentity& inside) const override;
    void set_lost(Lost lost) override { lost_ = std::move(lost); }

    /// On its bridges; of a run that is not connected none.
    [[nodiscard]] std::vector<core::IpAddress> addresses_of(const core::RunKey& run) const;

  private:
    struct Raised {
        core::Bridge bridge;
        KernelBridges::Link link;
    };
    struct Connected {
        std::vector<std::string> bridges;  ///< of each member
        std::vector<FirewallMember> members;
        std::vector<FirewallPort> ports;
        FirewallRates rates{};
    };

    [[nodiscard]] core::Result<Nft*> firewall() const;
    [[nodiscard]] bool is_there(const core::Bridge& bridge) const override;
    [[nodiscard]] core::Status make_link(const core::Bridge& bridge) override;
    [[nodiscard]] core::Status remove_link_of(const std::string& bridge) override {
        return bridges_.remove(bridge);
    }
    bool forget(const std::string& bridge) override;
    [[nodiscard]] core::Result<std::vector<std::string>> ours() const override { return bridges_.ours(); }
    void forget_all() override;
    [[nodiscard]] core::Status take_over(const core::RunKey& run,
                                         const core::Connections& connections) override;
    [[nodiscard]] bool has_runs() const override { return !connected_.empty(); }
    [[nodiscard]] Connected connected(const core::RunKey& run, const core::Connections& connections) const;
    [[nodiscard]] core::Status put_all() override;
    /// A small change; should the tables not be as they were left, all of them anew.
    [[nodiscard]] core::Status put(const std::string& change);
    [[nodiscard]] std::string first_rate(const FirewallRates& rates) const;
    [[nodiscard]] core::Status run(const std::string& commands);
    [[nodiscard]] core::Status join(const Connected& one, const core::Bridge& bridge) const;
    void watch();
    void mend(const std::string& changed_by);
    void mend_bridge(const std::string& name);
    void link_is_gone(std::uint32_t index, const std::string& name);
    void uplink_is_gone(std::uint32_t index);
    void watch_uplinks();
    void look_for_links();

    KernelBridges bridges_;
    std::string table_;
    core::Reactor* reactor_;
    mutable std::optional<Nft> nft_;
    mutable std::optional<core::Status> rates_usable_;
    bool has_rate_part_ = false;  ///< the tables, since the first limit
    std::map<std::string, Raised, std::less<>> raised_;
    std::map<core::RunKey, Connected> connected_;
    bool is_stale_ = false;  ///< the tables are not what this says; put anew with the next change
    std::unique_ptr<RuleWatch> watch_;
    std::unique_ptr<LinkWatch> link_watch_, uplink_watch_;
    RepairBound table_repairs_;
    std::map<std::string, RepairBound, std::less<>> bridge_repairs_;
    Lost lost_;
};

}  // namespace potd::platform
