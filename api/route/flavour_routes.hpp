#pragma once

#include "api/http/router.hpp"
#include "core/service/flavour_service.hpp"

namespace potd::api {

/// /v1/flavours
class FlavourRoutes {
  public:
    explicit FlavourRoutes(core::FlavourService& flavours) : flavours_(flavours) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange);
    void get(Exchange& exchange);

    core::FlavourService& flavours_;
};

}  // namespace potd::api
