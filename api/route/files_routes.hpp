#pragma once

#include "api/http/router.hpp"
#include "core/service/file_copies.hpp"

namespace potd::api {

inline constexpr std::string_view tar_type = "application/x-tar";

/// /v1/pots/{name}/files
class FilesRoutes {
  public:
    explicit FilesRoutes(core::FileCopies& copies) : copies_(copies) {}
    void add_to(Router& router);

  private:
    void get(Exchange& exchange);
    void put(Exchange& exchange);

    core::FileCopies& copies_;
};

}  // namespace potd::api
