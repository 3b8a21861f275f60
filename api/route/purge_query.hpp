#pragma once

#include "api/http/query.hpp"
#include "core/base/result.hpp"
#include "core/model/labels.hpp"
#include "core/service/snapshot_book.hpp"

namespace potd::api {

// Errors are InvalidArgument with the field.

/// `label`: key or key=value; without it all match.
[[nodiscard]] core::Result<core::LabelFilter> read_label_query(const Query& query);
/// Which snapshots a purge is about: `keep`, `older_than` and `label`.
[[nodiscard]] core::Result<core::SnapshotPurging> read_purge_query(const Query& query);

}  // namespace potd::api
