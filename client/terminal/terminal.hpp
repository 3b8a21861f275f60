#pragma once

#include "client/base/result.hpp"

#include <cstddef>
#include <optional>

#include <termios.h>

namespace potd::client {

struct WindowSize {
    int rows = 24;
    int columns = 80;
};

/// Unset if `fd` is no terminal.
[[nodiscard]] std::optional<WindowSize> window_size(int fd);

/// Hands every key to the other side untouched while it lives; the former mode comes back at its end.
class RawMode {
  public:
    /// Does nothing if `fd` is no terminal.
    explicit RawMode(int fd);
    ~RawMode();
    RawMode(const RawMode&) = delete;
    RawMode& operator=(const RawMode&) = delete;

  private:
    int fd_;
    std::optional<termios> former_;
};

}  // namespace potd::client
