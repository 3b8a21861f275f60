#pragma once

#include "core/base/result.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"

#include <functional>
#include <memory>
#include <string>

namespace potd::platform {

/// What an adapter on the loop thread waits with.
struct Loop {
    core::Reactor& reactor;
    core::Executor& executor;
    core::Timers& timers;
    core::Clock& clock;
};

/// One wait under way; destroying it ends it without a reply.
class CgroupWait {
  public:
    virtual ~CgroupWait() = default;
};

/// Replies once `condition` holds, else Timeout. It is asked again at every change of `file`
/// (inotify, as the kernel announces cgroup.events), and, where a file is empty or cannot be
/// watched (v1 has no such file), by a timer of growing distance. Loop thread; never replies inside.
[[nodiscard]] std::unique_ptr<CgroupWait> wait_for_cgroup(Loop loop, const std::string& file,
                                                          std::function<bool()> condition,
                                                          core::milliseconds limit, core::Reply<void> reply);

}  // namespace potd::platform
