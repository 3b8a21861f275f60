#pragma once

#include <filesystem>

namespace potd::platform {

/// The file this process runs, without links; empty where the kernel cannot tell.
[[nodiscard]] std::filesystem::path own_program();

}  // namespace potd::platform
