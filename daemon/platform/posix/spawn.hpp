#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/process_identity.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// A program to start: descriptors it gets by position, everything else is closed.
struct SpawnRequest {
    int program = -1;                    ///< descriptor of the executable
    std::vector<std::string> arguments;  ///< argv, from 0
    std::vector<int> descriptors;        ///< become 0, 1, 2, …; at most 16
    /// Descriptor of a directory: the unified control group that it is born in; -1: ours. Linux only.
    int group = -1;
};

/// Starts it with empty environment, default signal dispositions and an empty
/// signal mask, without copying the caller's memory. It is a child: reap it when it has ended.
/// The calling thread stands still until the exec; any thread.
[[nodiscard]] core::Result<ProcessHandle> spawn(const SpawnRequest& request);

/// Takes the status of a child of ours that ended; wait(2) status. NotFound if it is no child.
[[nodiscard]] core::Result<int> reap(const ProcessHandle& process);

}  // namespace potd::platform
