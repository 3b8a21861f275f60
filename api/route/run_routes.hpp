#pragma once

#include "api/http/router.hpp"
#include "core/port/history.hpp"
#include "core/service/pot_service.hpp"

#include <string>

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

/// Answers with a run, as `who` may see it; an error names `pot`.
[[nodiscard]] core::Reply<core::Run> answer_run(const Later& later, core::PrincipalPtr who,
                                                const core::PotService& pots, std::string pot);

}  // namespace potd::api
