#pragma once

#include "api/http/router.hpp"
#include "core/service/base_service.hpp"
#include "core/service/base_updates.hpp"
#include "core/service/bases_of_pots.hpp"
#include "core/service/operation_service.hpp"
#include "openapi/wire/base.hpp"

#include <utility>

namespace potd::api {

/// /v1/bases
class BaseRoutes {
  public:
    /// `defaults`: of base pots.
    BaseRoutes(core::BaseService& bases, core::BasesOfPots& of_pots, core::BaseUpdates& updates,
               core::OperationService& operations, const core::PotService& pots, core::PotSpec defaults)
        : bases_(bases),
          of_pots_(of_pots),
          updates_(updates),
          operations_(operations),
          pots_(pots),
          defaults_(std::move(defaults)) {}
    void set_defaults(core::PotSpec defaults) { defaults_ = std::move(defaults); }
    void add_to(Router& router);

  private:
    [[nodiscard]] wire::Base shown(const core::Base& base) const;
    [[nodiscard]] wire::Base shown_to(const core::Principal& who, const core::Base& base) const;
    void list(Exchange& exchange) const;
    void get(Exchange& exchange) const;
    void install(Exchange& exchange);
    void remove(Exchange& exchange);
    void update(Exchange& exchange);
    void roll_back(Exchange& exchange);

    core::BaseService& bases_;
    core::BasesOfPots& of_pots_;
    core::BaseUpdates& updates_;
    core::OperationService& operations_;
    const core::PotService& pots_;
    core::PotSpec defaults_;
};

}  // namespace potd::api
