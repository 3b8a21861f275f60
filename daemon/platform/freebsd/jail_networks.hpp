#pragma once

#include "daemon/platform/freebsd/bridge_links.hpp"
#include "daemon/platform/freebsd/pf.hpp"
#include "daemon/platform/freebsd/pure/pf_text.hpp"
#include "daemon/platform/posix/bridged_networks.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace potd::platform {

struct JailNetworkOptions {
    std::string instance;
    bool set_forwarding = false;  ///< the host's forwarding is switched on with the first bridge
    std::function<void(const std::string&)> problem;  ///< for the log
};

/// Bridges by if_bridge(4), and what leads to pots and protects them in an anchor of pf. The host's own rules
/// lead to it by lines that only the administrator puts there.
class JailNetworks final : public BridgedNetworks {
  public:
    explicit JailNetworks(JailNetworkOptions options);

    [[nodiscard]] core::Status check() const override;
    [[nodiscard]] core::Status check_ipv6() const override;
    [[nodiscard]] core::Result<std::vector<core::TakenNetwork>> taken() const override;
    [[nodiscard]] core::Status check_uplink(const std::string& uplink) const override;
    /// One child for each question (datagram_socket_in).
    [[nodiscard]] Advertised advertised(const core::RunKey& run,
                                        const core::ProcessIdentity& inside) const override;
    [[nodiscard]] core::Status check_protocol(core::PublishedPort::Protocol protocol) const override;
    [[nodiscard]] core::Status check_rates() const override;
    [[nodiscard]] core::Status connect(const core::RunKey& run,
                                       const core::Connections& connections) override;
    [[nodiscard]] core::Status check_free(const std::vector<core::PortForward>& ports) const override;
    [[nodiscard]] core::Status change_ports(const core::RunKey& run,
                                            const std::vector<core::PortForward>& ports) override;
    [[nodiscard]] core::Status disconnect(const core::RunKey& run) override;

    /// The host's ends of its cables, in the order of its interfaces; unset for a run that is not connected.
    [[nodiscard]] std::optional<std::vector<std::string>> cables_of(const core::RunKey& run) const;

  private:
    [[nodiscard]] bool is_there(const core::Bridge& bridge) const override;
    [[nodiscard]] core::Status make_link(const core::Bridge& bridge) override;
    [[nodiscard]] core::Status remove_link_of(const std::string& bridge) override {
        return bridges_.remove(bridge);
    }
    bool forget(const std::string& bridge) override { return raised_.erase(bridge) != 0; }
    [[nodiscard]] core::Result<std::vector<std::string>> ours() const override { return bridges_.ours(); }
    void forget_all() override;
    [[nodiscard]] core::Status take_over(const core::RunKey& run,
                                         const core::Connections& connections) override;
    [[nodiscard]] bool has_runs() const override { return !connected_.empty(); }
    [[nodiscard]] core::Result<std::vector<PfUplink>> uplinks() const;
    [[nodiscard]] core::Status put_all() override;

    std::string instance_;
    BridgeLinks bridges_;
    Pf pf_;
    mutable std::optional<bool> sctp_;
    mutable std::optional<std::chrono::steady_clock::time_point> usable_;  ///< when pf was last found so
    struct Raised {
        core::Bridge bridge;
        std::optional<UplinkNote> uplink;
    };
    std::map<std::string, Raised, std::less<>> raised_;
    std::map<core::RunKey, core::Connections> connected_;
};

}  // namespace potd::platform
