#pragma once

#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <atomic>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {

/// "Stop what you do" for work on the pool: a flag to look at and a descriptor to poll.
class StopSignal {
  public:
    StopSignal() {
        std::array<int, 2> ends{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;  // only the flag then works
        read_.reset(ends[0]);
        write_.reset(ends[1]);
    }
    void raise() {
        flag_.store(true);
        write_.reset();
    }
    [[nodiscard]] const std::atomic<bool>& flag() const { return flag_; }
    /// Becomes readable (end of file) when raised.
    [[nodiscard]] int fd() const { return read_.get(); }

  private:
    std::atomic<bool> flag_ = false;
    UniqueFd read_;
    UniqueFd write_;
};

}  // namespace potd::platform
