#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace potd::client {

/// How much has been copied, on a line that is written over; only where standard error is a terminal.
class CopyProgress {
  public:
    CopyProgress();
    ~CopyProgress();
    CopyProgress(const CopyProgress&) = delete;
    CopyProgress& operator=(const CopyProgress&) = delete;
    void add(std::size_t bytes);

  private:
    bool shown_;
    bool written_ = false;
    std::int64_t bytes_ = 0;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace potd::client
