#pragma once

#include "core/port/networks.hpp"
#include "daemon/platform/freebsd/bridge_links.hpp"
#include "daemon/platform/freebsd/pf.hpp"
#include "daemon/platform/freebsd/pure/pf_text.hpp"

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
class JailNetworks final : public core::Networks {
  public:
    explicit JailNetworks(JailNetworkOptions options);

    [[nodiscard]] core::Status check() const override;
    [[nodiscard]] core::Result<std::vector<core::TakenNetwork>> taken() const override;
    [[nodiscard]] core::Status raise(const core::Bridge& bridge) override;
    [[nodiscard]] core::Status remove(const std::string& bridge) override;
    [[nodiscard]] core::Status check_protocol(core::PublishedPort::Protocol protocol) const override;
    [[nodiscard]] core::Status check_rates() const override;
    [[nodiscard]] core::Status connect(const core::RunKey& run,
                                       const core::Connections& connections) override;
    [[nodiscard]] core::Status check_free(const std::vector<core::PortForward>& ports) const override;
    [[nodiscard]] core::Status change_ports(const core::RunKey& run,
                                            const std::vector<core::PortForward>& ports) override;
    [[nodiscard]] core::Status disconnect(const core::RunKey& run) override;
    [[nodiscard]] core::Status settle(const std::vector<core::Bridge>& bridges, const Live& live) override;

    /// The host's ends of its cables, in the order of its interfaces; unset for a run that is not connected.
    [[nodiscard]] std::optional<std::vector<std::string>> cables_of(const core::RunKey& run) const;

  private:
    [[nodiscard]] bool is_there(const core::Bridge& bridge) const;
    [[nodiscard]] core::Status make_bridge(const core::Bridge& bridge);
    [[nodiscard]] core::Status remove_strangers(const std::vector<core::Bridge>& known);
    [[nodiscard]] core::Result<std::vector<PfUplink>> uplinks() const;
    /// All that is there now, in one transaction.
    [[nodiscard]] core::Status put_all();
    void say_if_nothing_is_forwarded(const core::Bridge& bridge);

    JailNetworkOptions options_;
    BridgeLinks bridges_;
    Pf pf_;
    mutable std::optional<bool> sctp_;
    mutable std::optional<std::chrono::steady_clock::time_point> usable_;  ///< when pf was last found so
    std::map<std::string, core::Bridge, std::less<>> raised_;
    std::map<core::RunKey, core::Connections> connected_;
    bool forwarding_was_told_ = false;
};

}  // namespace potd::platform
