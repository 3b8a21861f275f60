#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <utility>

namespace potd::platform {

/// One very process: who it is, and a descriptor that becomes readable when it has ended (Linux: a pidfd;
/// FreeBSD: a kqueue that waits for it). Empty once reset.
class ProcessHandle {
  public:
    ProcessHandle() = default;
    ProcessHandle(core::ProcessIdentity identity, UniqueFd ended)
        : identity_(identity), ended_(std::move(ended)) {}

    [[nodiscard]] const core::ProcessIdentity& identity() const noexcept { return identity_; }
    /// To wait for; nothing is to be read from it.
    [[nodiscard]] int get() const noexcept { return ended_.get(); }
    void reset() noexcept { ended_.reset(); }
    explicit operator bool() const noexcept { return static_cast<bool>(ended_); }

  private:
    core::ProcessIdentity identity_;
    UniqueFd ended_;
};

/// The identity of the process that has `pid` now; NotFound if there is none.
[[nodiscard]] core::Result<core::ProcessIdentity> identify(std::int32_t pid);

/// True if the very process still exists; a zombie does.
[[nodiscard]] bool is_alive(const core::ProcessIdentity& identity);

/// The very process; NotFound if it is gone.
[[nodiscard]] core::Result<ProcessHandle> open_process(const core::ProcessIdentity& identity);

/// kill(2) to the very process.
[[nodiscard]] core::Status signal_process(const ProcessHandle& process, int signal_number);

}  // namespace potd::platform
