#pragma once

#include "core/base/result.hpp"
#include "core/model/connection.hpp"
#include "core/model/ids.hpp"
#include "core/model/network_spec.hpp"
#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/linux/kernel_bridges.hpp"
#include "daemon/platform/linux/launch_plan.hpp"

#include <vector>

namespace potd::platform {

/// The interfaces of a pot with addresses of its own. An address without a prefix takes that of the network
/// the host's interface has it in, else one of its own; the first gateway of the host that lies in one of the
/// pot's networks becomes the way out. The hardware address is always the same for one pot and interface, so
/// that neighbours find it again after a restart. Conflict with the field for an interface that the host has
/// not, for its loopback, and for an address that the host has.
[[nodiscard]] core::Result<std::vector<PlanInterface>> plan_interfaces(const core::NetworkSpec& network,
                                                                       const core::PotId& pot,
                                                                       const HostNetwork& host);

/// Those of a pot on bridges, "eth0" and so on: cables whose host's ends hang on interfaces that are there.
/// The first gateway of each family is the way out; those of a bridge with an uplink are what routers say.
[[nodiscard]] core::Result<std::vector<PlanInterface>> plan_cables(
    const std::vector<core::Connection>& connections, const core::RunKey& run, const KernelBridges& bridges);

}  // namespace potd::platform
