#pragma once

#include "api/http/router.hpp"
#include "core/service/bridge_service.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/pot_service.hpp"
#include "openapi/wire/network.hpp"

namespace potd::api {

/// /v1/networks
class NetworkRoutes {
  public:
    NetworkRoutes(core::BridgeService& bridges, core::OperationService& operations,
                  const core::PotService& pots)
        : bridges_(bridges), operations_(operations), pots_(pots) {}
    void add_to(Router& router);

  private:
    [[nodiscard]] wire::Network shown(const core::Bridge& bridge, const core::Principal& who,
                                      const core::BridgeService::Uses& uses) const;
    void list(Exchange& exchange) const;
    void get(Exchange& exchange) const;
    void create(Exchange& exchange);
    void start(Exchange& exchange);
    void remove(Exchange& exchange);

    core::BridgeService& bridges_;
    core::OperationService& operations_;
    const core::PotService& pots_;
};

[[nodiscard]] wire::Network to_wire(const core::Bridge& bridge, const core::BridgeService::Uses& uses);

}  // namespace potd::api
