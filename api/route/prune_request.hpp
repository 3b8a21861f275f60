#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "openapi/wire/prune.hpp"

#include <cstdint>

namespace potd::api {

/// A PruneRequest, understood.
struct PruneOrder {
    bool pots = false;
    bool bases = false;
    bool runs = false;
    bool logs = false;
    bool dry_run = false;
    core::WallTime pots_before;  ///< their runs ended by then
    core::WallTime past_before;  ///< of runs and log files
    std::uint32_t keep = 1;
};

/// The error names the field, what was given and what was expected.
[[nodiscard]] core::Result<PruneOrder> to_order(const wire::PruneRequest& request, core::WallTime now);

}  // namespace potd::api
