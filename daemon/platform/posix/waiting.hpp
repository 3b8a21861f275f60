#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/loop.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <memory>
#include <string>

namespace potd::platform {

/// One wait under way; destroying it ends it without a reply.
class Waiting {
  public:
    virtual ~Waiting() = default;
};

/// What is waited for.
struct Awaited {
    std::function<bool()> condition;
    core::milliseconds limit{};
    std::string too_late;  ///< text of the Timeout
    UniqueFd changes;      ///< readable when something may have changed; empty = asked at growing distance
    std::function<void(int changes)> take_changes;  ///< makes it unreadable again; set with `changes`
};

/// Replies once the condition holds, else Timeout. It is asked again at every change, and, where nothing
/// tells of changes, by a timer of growing distance. Loop thread; never replies inside.
[[nodiscard]] std::unique_ptr<Waiting> wait_until(Loop loop, Awaited awaited, core::Reply<void> reply);

}  // namespace potd::platform
