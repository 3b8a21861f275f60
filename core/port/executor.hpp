#pragma once

#include <functional>

namespace potd::core {

/// Where work runs: the loop thread, or a small pool for what blocks.
class Executor {
  public:
    virtual ~Executor() = default;
    /// Runs `task` later on the loop thread. Any thread may call.
    virtual void post(std::function<void()> task) = 0;
    /// Runs `work` on the pool, then `done` on the loop thread. Loop thread only. `work` must not
    /// touch anything the loop owns. At shutdown queued work that has not begun is dropped with its
    /// `done`; begun work is waited for.
    virtual void blocking(std::function<void()> work, std::function<void()> done) = 0;
};

/// Readiness of descriptors on the loop thread, for adapters that own sockets and pipes.
class Reactor {
  public:
    enum class Interest { Read, Write };
    virtual ~Reactor() = default;
    /// Calls `ready` once, on the loop thread, when `fd` can be read (or has hung up) or written.
    /// One waiter per fd and interest. The fd stays the caller's.
    virtual void wait(int fd, Interest interest, std::function<void()> ready) = 0;
    /// Drops every waiter of `fd` without calling it; must come before the fd is closed.
    virtual void forget(int fd) = 0;
};

}  // namespace potd::core
