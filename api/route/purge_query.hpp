#pragma once

#include "api/http/query.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"

#include <cstddef>
#include <optional>

namespace potd::api {

/// Which snapshots a purge is about: `keep` and `older_than`.
struct PurgeQuery {
    std::size_t keep = 1;                          ///< so many stay, the newest
    std::optional<core::milliseconds> older_than;  ///< only those go; unset: all
};

/// InvalidArgument with the field.
[[nodiscard]] core::Result<PurgeQuery> read_purge_query(const Query& query);

}  // namespace potd::api
