#pragma once

#include "api/http/router.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/volume_service.hpp"
#include "openapi/wire/fscomp.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace potd::api {

/// /v1/fscomps
class FscompRoutes {
  public:
    FscompRoutes(core::VolumeService& volumes, core::OperationService& operations)
        : volumes_(volumes), operations_(operations) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange) const;
    void get(Exchange& exchange) const;
    void create(Exchange& exchange);
    void change(Exchange& exchange);
    void remove(Exchange& exchange);
    void measure_from(std::size_t index, const std::shared_ptr<wire::FscompList>& body,
                      const Later& later) const;

    core::VolumeService& volumes_;
    core::OperationService& operations_;
};

/// Bytes; 0 if absent.
[[nodiscard]] core::Result<std::int64_t> quota_of(const wire::Loose& quota);

void answer_new_volume(const Later& later, const core::Volume& volume, const core::VolumeService& volumes);

/// `bytes`: on disk, or unset.
[[nodiscard]] wire::Fscomp to_wire(const core::Volume& volume, const core::VolumeService::Uses& uses,
                                   std::optional<std::int64_t> bytes);

}  // namespace potd::api
