#pragma once

#include <cstdint>

namespace potd::monitor {

struct WindowSize {
    std::uint16_t rows = 24, columns = 80;
};

/// Sets the size of a terminal by either end. A terminal whose other end is gone has no size to change.
void resize_terminal(int terminal, WindowSize size);

}  // namespace potd::monitor
