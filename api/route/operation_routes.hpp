#pragma once

#include "api/http/router.hpp"
#include "core/port/clock.hpp"
#include "core/service/operation_outputs.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/pot_service.hpp"
#include "openapi/wire/operation.hpp"

#include <optional>

namespace potd::api {

/// /v1/operations
class OperationRoutes {
  public:
    OperationRoutes(core::OperationService& operations, const core::PotService& pots,
                    core::OperationOutputs& outputs, core::Clock& clock, core::Timers& timers)
        : operations_(operations), pots_(pots), outputs_(outputs), clock_(clock), timers_(timers) {}
    void add_to(Router& router);

  private:
    /// Of the path, if there is one that whoever asks may know of.
    /// As whoever asks may see it.
    [[nodiscard]] wire::Operation shown(const core::Principal& who, core::Operation operation) const;
    [[nodiscard]] std::optional<core::Operation> found(Exchange& exchange) const;
    void list(Exchange& exchange) const;
    void get(Exchange& exchange);
    void cancel(Exchange& exchange);
    void output(Exchange& exchange);

    core::OperationService& operations_;
    const core::PotService& pots_;
    core::OperationOutputs& outputs_;
    core::Clock& clock_;
    core::Timers& timers_;
};

}  // namespace potd::api
