#pragma once

#include "daemon/platform/posix/unique_fd.hpp"

#include <sys/types.h>

namespace potd::platform {

// How a program of the host is started so that nothing of it outlives potd. Per system.

/// The status of a child that could not even be set up.
inline constexpr int not_executed = 127;

/// Starts it in a session of its own with standard input empty and both outputs to `output`; as
/// base_program.hpp says, apart from the machine as far as this system can. The pid, or -1 with errno.
[[nodiscard]] pid_t start_program(char* const* command, char* const* environment, int output);

/// Readable when the child has ended; empty if this kernel cannot watch one.
[[nodiscard]] UniqueFd watch_child(pid_t child);

}  // namespace potd::platform
