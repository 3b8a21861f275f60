#pragma once

#include "api/http/router.hpp"
#include "core/port/history.hpp"
#include "core/service/pot_service.hpp"

namespace potd::api {

/// /v1/pots/{name}/runs and /health: how its lives went and how this one goes.
class RunRoutes {
  public:
    RunRoutes(core::PotService& pots, core::History& history) : pots_(pots), history_(history) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange);
    void get(Exchange& exchange);
    void health(Exchange& exchange);

    core::PotService& pots_;
    core::History& history_;
};

}  // namespace potd::api
