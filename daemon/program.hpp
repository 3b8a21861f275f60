#pragma once

#include "daemon/compose.hpp"

#include <span>

namespace potd {

/// potd from its command line (without the program's name) to its end: 0, 1 failed, 2 wrong usage. What went
/// wrong is said on standard error.
[[nodiscard]] int run_daemon(std::span<const char* const> arguments, const Interpose& interpose = {});

}  // namespace potd
