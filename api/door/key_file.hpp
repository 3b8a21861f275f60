#pragma once

#include "core/base/result.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace potd::api {

enum class IfNone { Make, Fail };

/// The 32 bytes of a key that is root's alone: a file with the mode 0600, which is made of random numbers if
/// there is none and `then` says so. Errors say `what` it is the key of, and the file.
[[nodiscard]] core::Result<std::string> read_key_file(const std::filesystem::path& file,
                                                      std::string_view what, IfNone then);
/// So many random bytes of the kernel, at most 256.
[[nodiscard]] core::Result<std::string> random_text(std::size_t bytes);
[[nodiscard]] std::string hexadecimal(std::string_view bytes);

}  // namespace potd::api
