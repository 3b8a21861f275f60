#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "daemon/platform/posix/base_build.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <string>

namespace potd::platform {

// Bases that are made of the files of pots (BaseRequest::tree). Both block; any thread but the loop's.

/// Where the file system doubles trees itself, the empty directory `name` in `parent`, open as `tree`, is
/// replaced by such a double and opened again. False if the files have to be copied.
[[nodiscard]] core::Result<bool> double_from_pot(const core::LentTree& from, int parent,
                                                 const std::string& name, UniqueFd& tree);

/// Copies all of them into the empty directory `tree`, with progress in bytes. Layers are put together for it
/// in a mount namespace that goes with the call.
[[nodiscard]] core::Status copy_from_pot(const BaseBuild& build, int tree);

}  // namespace potd::platform
