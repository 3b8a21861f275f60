#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

namespace potd::platform {

/// Takes the status of every process that became potd's because its parents ended: what a killed potmon ran,
/// what a hook left. Unreaped, it would hold its jail and its pid for as long as potd lives. Loop thread.
class OrphanReaper {
  public:
    explicit OrphanReaper(core::Reactor& reactor) : reactor_(reactor) {}
    OrphanReaper(const OrphanReaper&) = delete;
    OrphanReaper& operator=(const OrphanReaper&) = delete;
    ~OrphanReaper();

    /// Makes this process the reaper of all that descends from it and begins to listen.
    [[nodiscard]] core::Status start();

  private:
    void listen();

    core::Reactor& reactor_;
    UniqueFd queue_;  ///< tells of SIGCHLD, also while it is blocked or ignored by default
};

}  // namespace potd::platform
