#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"

#include <string>

namespace potd::platform {

/// `limits` with every device of limits.io as its numbers, "254:0". InvalidArgument with the field for one
/// that is no block device of this machine, for a part of a disk, and for a disk that is there twice. `root`
/// is put before /dev and /sys.
[[nodiscard]] core::Result<core::Limits> with_device_numbers(core::Limits limits, const std::string& root);

}  // namespace potd::platform
