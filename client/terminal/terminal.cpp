#include "client/terminal/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

namespace potd::client {

std::optional<WindowSize> window_size(int fd) {
    winsize size{};
    if (::isatty(fd) == 0 || ::ioctl(fd, TIOCGWINSZ, &size) != 0) return {};
    // A terminal that does not know its size says 0.
    if (size.ws_row == 0 || size.ws_col == 0) return WindowSize{};
    return WindowSize{size.ws_row, size.ws_col};
}

RawMode::RawMode(int fd) : fd_(fd) {
    termios mode{};
    if (::tcgetattr(fd, &mode) != 0) return;
    former_ = mode;
    ::cfmakeraw(&mode);
    ::tcsetattr(fd, TCSADRAIN, &mode);
}

RawMode::~RawMode() {
    if (former_) ::tcsetattr(fd_, TCSADRAIN, &*former_);
}

}  // namespace potd::client
