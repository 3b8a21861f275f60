#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// A program to start: descriptors it gets by position, everything else is closed.
struct SpawnRequest {
    int program = -1;                    ///< descriptor of the executable
    std::vector<std::string> arguments;  ///< argv, from 0
    std::vector<int> descriptors;        ///< become 0, 1, 2, …; at most 16
};

struct Spawned {
    core::ProcessIdentity identity;
    UniqueFd process;  ///< readable when it has ended
};

/// Starts it with empty environment, default signal dispositions and an empty
/// signal mask, without copying the caller's memory. It is a child: reap it when `process` is readable.
/// The calling thread stands still until the exec; any thread.
[[nodiscard]] core::Result<Spawned> spawn(const SpawnRequest& request);

/// Takes the status of a spawned child that ended; wait(2) status. NotFound if it is no child.
[[nodiscard]] core::Result<int> reap(int process_fd);

}  // namespace potd::platform
