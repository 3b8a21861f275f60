#pragma once

#include "api/http/router.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/volume_service.hpp"
#include "core/service/volume_snapshots.hpp"
#include "openapi/wire/fscomp.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace potd::api {

/// /v1/fscomps/{name}/snapshots and what is done with them: rollback, clone.
class FscompSnapshotRoutes {
  public:
    FscompSnapshotRoutes(core::VolumeSnapshots& snapshots, core::VolumeService& volumes,
                         core::OperationService& operations)
        : snapshots_(snapshots), volumes_(volumes), operations_(operations) {}
    void add_to(Router& router);

  private:
    void list(Exchange& exchange);
    void get(Exchange& exchange);
    void take(Exchange& exchange);
    void remove(Exchange& exchange);
    void purge(Exchange& exchange);
    void roll_back(Exchange& exchange);
    void clone(Exchange& exchange);
    void answer_list(const Later& later, const std::string& volume, const core::LabelFilter& filter);

    core::VolumeSnapshots& snapshots_;
    core::VolumeService& volumes_;
    core::OperationService& operations_;
};

/// `size`: bytes on disk, or unset.
[[nodiscard]] wire::FscompSnapshot to_wire(const core::VolumeSnapshot& snapshot,
                                           std::optional<std::int64_t> size);

}  // namespace potd::api
