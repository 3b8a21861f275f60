#pragma once

#include "api/http/router.hpp"
#include "api/route/routes.hpp"

namespace potd::api {

/// /v1/info, health, ready, the contract itself, what the disk is used for, how short the machine is, prune,
/// shutdown.
class SystemRoutes {
  public:
    explicit SystemRoutes(const Services& services) : services_(services) {}
    void add_to(Router& router);
    /// /v1/health alone.
    static void add_health(Router& router);

  private:
    static void add_documents(Router& router);
    void info(Exchange& exchange) const;
    void ready(Exchange& exchange) const;
    void space(Exchange& exchange) const;
    void pressure(Exchange& exchange) const;
    void shut_down(Exchange& exchange) const;

    const Services& services_;
};

}  // namespace potd::api
