#pragma once

#include "daemon/platform/posix/waiting.hpp"

#include <functional>
#include <memory>
#include <string>

namespace potd::platform {

/// Replies once `condition` holds, else Timeout. It is asked again at every change of `file`
/// (inotify, as the kernel announces cgroup.events), and, where a file is empty or cannot be
/// watched (v1 has no such file), by a timer of growing distance. Loop thread; never replies inside.
[[nodiscard]] std::unique_ptr<Waiting> wait_for_cgroup(Loop loop, const std::string& file,
                                                       std::function<bool()> condition,
                                                       core::milliseconds limit, core::Reply<void> reply);

}  // namespace potd::platform
