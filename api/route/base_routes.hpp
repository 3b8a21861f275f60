#pragma once

#include "api/http/router.hpp"
#include "core/service/base_service.hpp"

namespace potd::api {

/// /v1/bases
class BaseRoutes {
  public:
    explicit BaseRoutes(core::BaseService& bases) : bases_(bases) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange) const;
    void get(Exchange& exchange) const;
    void install(Exchange& exchange);
    void remove(Exchange& exchange);

    core::BaseService& bases_;
};

}  // namespace potd::api
