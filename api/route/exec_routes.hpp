#pragma once

#include "api/http/router.hpp"
#include "core/port/clock.hpp"
#include "core/port/exec.hpp"
#include "core/service/pot_service.hpp"

namespace potd::api {

/// /v1/pots/{name}/exec and attach
class ExecRoutes {
  public:
    ExecRoutes(core::PotService& pots, core::ExecHost& host, core::Clock& clock, core::Timers& timers)
        : pots_(pots), host_(host), clock_(clock), timers_(timers) {}
    void add_to(Router& router);

  private:
    void run(Exchange& exchange);
    void open(Exchange& exchange);
    void attach(Exchange& exchange);

    core::PotService& pots_;
    core::ExecHost& host_;
    core::Clock& clock_;
    core::Timers& timers_;
};

}  // namespace potd::api
