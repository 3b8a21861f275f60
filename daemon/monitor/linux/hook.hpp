#pragma once

namespace potd::monitor {

/// Whether potmon was started to become a hook's program; see daemon/platform/linux/hook_helper.hpp.
[[nodiscard]] bool is_hook(const char* const* words, int count);

/// Gives up root's rights and executes the program. Failing that, tells potd and exits with 127.
/// `words` and `environment` are argv and environ as the kernel gave them.
[[noreturn]] void run_hook(char** words, char* const* environment);

}  // namespace potd::monitor
