#pragma once

#include "core/port/file_system.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace potd::platform {

/// Says at each hundredth of `total` bytes how many of them are done, the first time at once with 0.
/// `progress` may be empty.
[[nodiscard]] std::function<void(std::int64_t done)> in_hundredths(core::BaseStore::Progress progress,
                                                                   std::int64_t total, std::string message);

}  // namespace potd::platform
