#pragma once

#include "api/http/router.hpp"
#include "core/port/clock.hpp"
#include "core/service/operation_outputs.hpp"
#include "core/service/operation_service.hpp"

namespace potd::api {

/// /v1/operations
class OperationRoutes {
  public:
    OperationRoutes(core::OperationService& operations, core::OperationOutputs& outputs, core::Clock& clock,
                    core::Timers& timers)
        : operations_(operations), outputs_(outputs), clock_(clock), timers_(timers) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange) const;
    void get(Exchange& exchange);
    void cancel(Exchange& exchange);
    void output(Exchange& exchange);

    core::OperationService& operations_;
    core::OperationOutputs& outputs_;
    core::Clock& clock_;
    core::Timers& timers_;
};

}  // namespace potd::api
