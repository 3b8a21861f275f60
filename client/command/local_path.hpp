#pragma once

#include <string>

namespace potd::client {

/// The path as potd can take it, which knows no working directory of ours.
[[nodiscard]] std::string absolute_path(const std::string& path);

}  // namespace potd::client
