#pragma once

#include "core/base/result.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace potd::platform {

/// How a program ended and what it said.
struct ProgramEnd {
    int status = 0;      ///< exit status, 128+signal after a signal
    std::string output;  ///< at most 64 MiB
    std::string errors;
};

/// Runs a program of the host to its end, in the namespaces of potd, so that what it mounts stays; argv[0] is
/// its path, an executable and no script. Empty environment and so the plain locale; `input` is what it
/// reads, a descriptor that stays the caller's (-1: nothing). Timeout after `patience`, with the program
/// killed; one that not even that ends (it hangs in the kernel) is left alone. TooLarge beyond 64 MiB of
/// output. Blocks; on the loop's thread only for what ends at once.
[[nodiscard]] core::Result<ProgramEnd> run_host_program(const std::vector<std::string>& command,
                                                        std::chrono::milliseconds patience, int input = -1);

}  // namespace potd::platform
