#pragma once

#include "api/http/router.hpp"
#include "core/service/file_copies.hpp"
#include "core/service/operation_service.hpp"

namespace potd::api {

inline constexpr std::string_view tar_type = "application/x-tar";

/// /v1/pots/{name}/files
class FilesRoutes {
  public:
    FilesRoutes(core::FileCopies& copies, core::OperationService& operations)
        : copies_(copies), operations_(operations) {}
    void add_to(Router& router);

  private:
    void get(Exchange& exchange);
    void put(Exchange& exchange);

    core::FileCopies& copies_;
    core::OperationService& operations_;
};

}  // namespace potd::api
