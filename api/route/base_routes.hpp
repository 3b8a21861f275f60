#pragma once

#include "api/http/router.hpp"
#include "core/service/base_service.hpp"
#include "core/service/operation_service.hpp"

namespace potd::api {

/// /v1/bases
class BaseRoutes {
  public:
    BaseRoutes(core::BaseService& bases, core::OperationService& operations)
        : bases_(bases), operations_(operations) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange) const;
    void get(Exchange& exchange) const;
    void install(Exchange& exchange);
    void remove(Exchange& exchange);

    core::BaseService& bases_;
    core::OperationService& operations_;
};

}  // namespace potd::api
