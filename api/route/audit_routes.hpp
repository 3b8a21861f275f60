#pragma once

#include "api/http/router.hpp"
#include "core/port/history.hpp"

namespace potd::api {

/// /v1/audit, which is read and nothing else.
class AuditRoutes {
  public:
    explicit AuditRoutes(core::History& history) : history_(history) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange);
    core::History& history_;
};

}  // namespace potd::api
