#pragma once

#include "core/base/result.hpp"
#include "daemon/config/config.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace potd::config {

/// Takes the keys of a YAML text over into `config`. InvalidArgument with one line for each problem:
/// "FILE:LINE:COLUMN: KEY: what is wrong; what is expected". `file` is only for these lines. `config`
/// is in an unknown state after an error.
[[nodiscard]] core::Status read_text(const std::string& text, std::string_view file, Config& config);

/// The same for a file; NotFound and PermissionDenied besides.
[[nodiscard]] core::Status read_file(const std::filesystem::path& file, Config& config);

}  // namespace potd::config
