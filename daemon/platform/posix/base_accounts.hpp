#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>

namespace potd::platform {

/// Copies etc/passwd and etc/group from the machine to a base, without the password hashes that very
/// old ones hold in their second field. What the machine lacks is left out.
[[nodiscard]] core::Status copy_accounts(int host, int tree);

/// One such file with every second field "x" where it held a hash.
[[nodiscard]] std::string without_hashes(std::string_view accounts);

}  // namespace potd::platform
