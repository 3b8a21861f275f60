#pragma once

#include "core/base/result.hpp"
#include "core/model/moved_interface.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// Conflict with the field ("network.devices[0].interface") for the first that the host has not, does not
/// reach the world without, or that this instance made. Some calls of the kernel. Any thread.
[[nodiscard]] core::Status check_movable(const std::vector<core::MovedInterface>& devices,
                                         const std::string& instance);

}  // namespace potd::platform
