#pragma once

#include <vector>

#include <sys/types.h>

namespace potd::bench {

/// Milliseconds of processor time a process has used so far, all its threads, user and kernel, its children
/// not. Throws std::runtime_error if it is gone.
[[nodiscard]] double cpu_ms(pid_t pid);
/// The sum over several.
[[nodiscard]] double cpu_ms(const std::vector<pid_t>& pids);

}  // namespace potd::bench
