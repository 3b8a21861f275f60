#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"

#include <cstdint>
#include <string>

namespace potd::platform {

/// A directory or a file of the host in the mount namespace of a pot that runs.
struct LiveMount {
    core::ProcessIdentity init;  ///< of the pot; host pid
    std::string source;          ///< absolute host path
    std::string target;          ///< absolute path inside
    bool read_only = false;
    std::uint32_t first_host_id = 0;  ///< with a user namespace: the id of its root
};

/// Mounts it as a launch would: the target is resolved inside the pot's root, whatever links the pot has
/// laid, and made if it is missing; no devices, no set-id programs; owners shifted for a user namespace; what
/// is mounted on the source later does not follow. NotFound if the pot is gone. On its own thread, which is
/// waited for: blocks; any thread.
[[nodiscard]] core::Status mount_live(const LiveMount& mount);

/// Takes it off again, and only if what is on top there is that very source: else NotFound. Conflict while
/// processes of the pot use it.
[[nodiscard]] core::Status unmount_live(const LiveMount& mount);

}  // namespace potd::platform
