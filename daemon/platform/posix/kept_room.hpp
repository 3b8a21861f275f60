#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <filesystem>

namespace potd::platform {

/// Has the file system keep room for a file that is there, without making it longer: on a disk that somebody
/// else has filled it can still grow to so many bytes. Unsupported where there is no such thing.
[[nodiscard]] core::Status keep_room(const std::filesystem::path& file, std::int64_t bytes);

}  // namespace potd::platform
