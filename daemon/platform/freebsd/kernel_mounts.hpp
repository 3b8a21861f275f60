#pragma once

#include "core/base/result.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace potd::platform {

/// One mount as the kernel tells of it, by paths without links.
struct KernelMount {
    std::array<std::int32_t, 2> id{};  ///< its fsid
    std::string type;
    std::string source;
    std::string target;
    friend bool operator==(const KernelMount&, const KernelMount&) = default;
};

/// Every mount of the host, what was mounted later comes later.
[[nodiscard]] core::Result<std::vector<KernelMount>> all_mounts();
/// The one that an open file is in.
[[nodiscard]] core::Result<KernelMount> mount_of(int fd);
/// By its id, so that no other can be met. Conflict with EBUSY in os_error if it is in use and not forced;
/// one that is gone is fine.
[[nodiscard]] core::Status unmount(const KernelMount& mount, bool force);

}  // namespace potd::platform
