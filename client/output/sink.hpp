#pragma once

#include "client/base/result.hpp"

#include <string_view>

namespace potd::client {

/// What a stream of ours that takes nothing any more is told as.
[[nodiscard]] Failure output_failure(int error);

/// Writes to one of the process's own streams and remembers the first error.
class Sink {
  public:
    explicit Sink(int fd) : fd_(fd) {}

    /// All of it, waiting as long as it takes; nothing more once an error has happened.
    void write(std::string_view bytes);
    /// errno of the first error; 0 if all is well.
    [[nodiscard]] int error() const { return error_; }
    [[nodiscard]] int fd() const { return fd_; }

  private:
    int fd_;
    int error_ = 0;
};

}  // namespace potd::client
