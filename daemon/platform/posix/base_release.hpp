#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "daemon/platform/posix/base_build.hpp"

namespace potd::platform {

// What a release is differs: a Debian suite on Linux, a FreeBSD release on FreeBSD. Per system.

/// InvalidArgument with the field unless `release` and `mirror` can be what this system takes.
[[nodiscard]] core::Status check_release(const core::BaseRequest& request);

/// Fetches the release and fills the empty directory `tree`. Unsupported, saying what to install, if the
/// program it needs is missing; the program's own words if that fails; Cancelled when stopped. Blocks for
/// minutes; any thread but the loop's.
[[nodiscard]] core::Status fill_release(const BaseBuild& build, int tree);

}  // namespace potd::platform
