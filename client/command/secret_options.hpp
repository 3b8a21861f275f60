#pragma once

#include "client/base/result.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace potd::client {

/// VAR=VALUE, or VAR=@FILE for what a file has (@- standard input) without the end of its last line. Failures
/// do not tell the value.
[[nodiscard]] Result<std::pair<std::string, std::string>> secret_pair(std::string_view option,
                                                                      std::string_view text);

}  // namespace potd::client
