#pragma once

#include "api/http/router.hpp"
#include "core/port/file_system.hpp"
#include "core/port/logs.hpp"
#include "core/service/pot_service.hpp"

namespace potd::api {

/// /v1/pots/{name}/logs
class LogRoutes {
  public:
    LogRoutes(core::PotService& pots, core::FileSystem& files, core::LogReader& logs)
        : pots_(pots), files_(files), logs_(logs) {}
    void add_to(Router& router);

  private:
    void get(Exchange& exchange);

    core::PotService& pots_;
    core::FileSystem& files_;
    core::LogReader& logs_;
};

}  // namespace potd::api
