#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cstdint>
#include <string>

namespace potd::platform {

// What drivers that make trees have in common where those can be bounded (tree_quota.hpp).

/// On the pool: what the file system of `fd`, which stays open, needs for bounds.
void prepare_bounds(core::Executor& executor, int fd, core::Reply<void> reply);

/// Bounds an open tree, on the pool; as FileSystem::limit.
void bound_tree(core::Executor& executor, core::Result<UniqueFd> tree, std::int64_t bytes,
                core::Reply<void> reply);

/// `name` in `parent` is a second tree of one that may have had a bound: it gets that of the tree `model`, or
/// none if that is negative. Conflict if there is more in it. Blocks; any thread.
[[nodiscard]] core::Status bound_as(int parent, const std::string& name, int model);

/// At start-up: the bound that a tree should have, and has unless a crash came between. One that is not
/// there, or was made by another driver, has none.
[[nodiscard]] core::Status settle_bound(const core::Result<UniqueFd>& tree, std::int64_t bytes);

}  // namespace potd::platform
