#pragma once

#include "core/base/result.hpp"
#include "core/model/bridge.hpp"
#include "core/model/network_spec.hpp"
#include "core/model/pot.hpp"
#include "core/model/published_port.hpp"
#include "core/service/bridge_service.hpp"
#include "openapi/wire/network.hpp"
#include "openapi/wire/pot.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::api {

/// How a pot is connected. InvalidArgument with the field ("network.interfaces[0].ipv4"); what is legal as a
/// whole is for core::validate to say.
[[nodiscard]] core::Result<core::NetworkSpec> to_core(const wire::NetworkSpec& network);
[[nodiscard]] wire::NetworkSpec to_wire(const core::NetworkSpec& network);

/// `field`: where it stands, "ports[1]".
[[nodiscard]] core::Result<core::PublishedPort> to_core(const wire::PortSpec& port, std::string_view field);
[[nodiscard]] wire::PortSpec to_wire(const core::PublishedPort& port);

/// What a pot has of addresses and of the host's ports, whether it runs or not.
[[nodiscard]] std::vector<wire::PotAddress> addresses_to_wire(
    const core::Pot& pot, const core::BridgeService::Advertised& advertised = {});
[[nodiscard]] std::vector<wire::PotPort> ports_to_wire(const core::Pot& pot);

/// A new bridge.
[[nodiscard]] core::Result<core::BridgeRequest> to_core(const wire::NetworkRequest& request);

}  // namespace potd::api
