#pragma once

#include "core/port/logs.hpp"

namespace potd::platform {

// The two halves of LogReader::prune. A monitor may rotate at any time: it only renames upwards, does not
// mind gaps, and never opens a rotated file. current.log is its own while it lives.

/// Renames current.log if it may go, at once. Of a dry run nothing.
[[nodiscard]] core::Result<core::LogPruned> set_current_log_aside(const core::LogPrune& what);

/// Deletes what was set aside, now or by a potd that was killed, and the rotated files that go, the oldest
/// first. A file that is rotated in this very moment is left alone. Blocks. Of a dry run: what would go,
/// current.log as well.
[[nodiscard]] core::Result<core::LogPruned> prune_log_files(const core::LogPrune& what);

}  // namespace potd::platform
