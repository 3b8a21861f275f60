#pragma once

#include "api/http/router.hpp"
#include "core/service/bridge_service.hpp"
#include "core/service/operation_service.hpp"
#include "openapi/wire/network.hpp"

namespace potd::api {

/// /v1/networks
class NetworkRoutes {
  public:
    NetworkRoutes(core::BridgeService& bridges, core::OperationService& operations)
        : bridges_(bridges), operations_(operations) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange) const;
    void get(Exchange& exchange) const;
    void create(Exchange& exchange);
    void start(Exchange& exchange);
    void remove(Exchange& exchange);

    core::BridgeService& bridges_;
    core::OperationService& operations_;
};

[[nodiscard]] wire::Network to_wire(const core::Bridge& bridge, const core::BridgeService::Uses& uses);

}  // namespace potd::api
