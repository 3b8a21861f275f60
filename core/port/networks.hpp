#pragma once

#include "core/base/result.hpp"
#include "core/model/bridge.hpp"
#include "core/model/connection.hpp"
#include "core/model/ids.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// The virtual networks of this instance on this machine: its bridges, and what of runs hangs on them: ports
/// that lead to them, and what their firewall lets through. The interfaces themselves come with the run
/// (LaunchRequest::connections) and go with it. Loop thread; each call is some messages to the kernel and
/// back, and does all it says or nothing.
class Networks {
  public:
    virtual ~Networks() = default;

    /// Unsupported, saying what this machine lacks for bridges. Cheap.
    [[nodiscard]] virtual Status check() const = 0;
    /// Unsupported, saying why, where bridges of this machine can have no IPv6. Cheap.
    [[nodiscard]] virtual Status check_ipv6() const { return {}; }
    /// What of the host no bridge may overlap: the networks it reaches by its interfaces, but for this
    /// instance's bridges.
    [[nodiscard]] virtual Result<std::vector<TakenNetwork>> taken() const = 0;

    /// Whether an interface of the host could be the uplink of a new bridge: Conflict or InvalidArgument with
    /// the field `uplink` for one that is not there, that the kernel puts on no bridge, that is in use there
    /// already, or that the host itself needs where both at once cannot be.
    [[nodiscard]] virtual Status check_uplink(const std::string& uplink) const = 0;

    /// The bridge is there, with its addresses, its uplink a member of it, and up. Idempotent. For an uplink
    /// the errors of check_uplink.
    [[nodiscard]] virtual Status raise(const Bridge& bridge) = 0;
    /// Its uplink is then as it was before. Idempotent.
    [[nodiscard]] virtual Status remove(const std::string& bridge) = 0;

    /// Unsupported, saying why, where ports of this protocol cannot be published. Cheap.
    [[nodiscard]] virtual Status check_protocol(PublishedPort::Protocol /*protocol*/) const { return {}; }
    /// Before a launch: its bridges are there, its ports lead to it, its addresses may speak. Conflict with
    /// the field ("ports[1].host") for a port of the host that a process listens on, with its name where it
    /// can be found.
    [[nodiscard]] virtual Status connect(const RunKey& run, const Connections& connections) = 0;
    /// Whether no process of the host listens on one of them, but for those of no `count`: Conflict as of
    /// connect.
    [[nodiscard]] virtual Status check_free(const std::vector<PortForward>& ports) const = 0;
    /// Others lead to it from now on. What was checked before is not looked at again.
    [[nodiscard]] virtual Status change_ports(const RunKey& run, const std::vector<PortForward>& ports) = 0;
    /// Unsupported, saying why, where what pots receive and send cannot be limited.
    [[nodiscard]] virtual Status check_rates() const {
        return error(ErrorKind::Unsupported, "this machine cannot limit what pots receive and send");
    }
    /// Holds from now on; connections go on. A run that is not connected yet gets its own when it is.
    [[nodiscard]] virtual Status change_rates(const RunKey& /*run*/, const TrafficRates& /*rates*/) {
        return check_rates();
    }
    /// Idempotent.
    [[nodiscard]] virtual Status disconnect(const RunKey& run) = 0;

    /// What routers beyond uplinks have had a run make of its addresses, as it is now, by the name of the
    /// bridge. `inside`: a process of the run. What is not known yet or cannot be seen is left out.
    using Advertised = std::map<std::string, IpAddress, std::less<>>;
    [[nodiscard]] virtual Advertised advertised(const RunKey& run, const ProcessIdentity& inside) const = 0;

    /// Told when the host's end of a run's cable to a bridge is gone although the run was not disconnected:
    /// somebody removed it, or the run is ending. Platforms that do not see it never tell.
    using Lost = std::function<void(const RunKey& run, const std::string& bridge)>;
    virtual void set_lost(Lost /*lost*/) {}  // NOLINT(performance-unnecessary-value-param): others keep it

    using Live = std::map<RunKey, Connections>;
    /// At start-up: exactly this is there. Bridges that no run hangs on are left as they are if they are
    /// known, and removed if not.
    [[nodiscard]] virtual Status settle(const std::vector<Bridge>& bridges, const Live& live) = 0;
};

}  // namespace potd::core
