#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/linux/plan_view.hpp"

#include <cstdint>

/// Putting the pot's file tree together, in its own mount namespace. Everything goes by descriptors
/// that safe_open made, so that no link planted in the root leads a mount out of it.
namespace potd::monitor {

/// Makes every mount private, mounts the root over "/" and returns an O_PATH descriptor of it, or -1.
/// `shift`: the user namespace by whose map the plan's files are shown shifted; -1 without one.
[[nodiscard]] int mount_root(const platform::PlanView& plan, int shift, Fault& fault);

/// The plan's mount steps, in order. Changes the working directory.
[[nodiscard]] bool mount_all(int root, const platform::PlanView& plan, int shift, Fault& fault);

/// Makes `root` the root and working directory, drops the host's tree, and the root read-only if wanted.
[[nodiscard]] bool enter_root(int root, const platform::SandboxPart& sandbox, Fault& fault);

/// MS_ flags of mount(2) as MOUNT_ATTR_ flags of mount_setattr(2).
[[nodiscard]] std::uint64_t mount_attributes(std::uint64_t flags);

/// A copy of the mount that `source` (any descriptor in it) shows, put over `target`.
/// `attributes` are set on it; recursive: also on what is mounted below, which comes along.
[[nodiscard]] long bind_over(int source, int target, std::uint64_t attributes, bool recursive);

}  // namespace potd::monitor
