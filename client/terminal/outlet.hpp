#pragma once

#include "client/terminal/poller.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace potd::client {

/// One of the process's own streams, written to without waiting for whoever reads it: what it does not
/// take now is kept and goes out while the poller runs. Remembers the first error; what comes after one
/// is dropped.
class Outlet {
  public:
    /// `drained` is called when nothing is kept any more.
    Outlet(int fd, Poller& poller, Poller::Ready drained);
    ~Outlet();
    Outlet(const Outlet&) = delete;
    Outlet& operator=(const Outlet&) = delete;

    void write(std::string_view bytes);
    [[nodiscard]] bool pending() const { return written_ < queue_.size(); }
    /// errno of the first error; 0 if all is well.
    [[nodiscard]] int error() const { return error_; }

  private:
    /// One write that does not block; false if the stream takes nothing now.
    [[nodiscard]] bool write_some();
    [[nodiscard]] Status on_writable();

    int fd_;
    Poller& poller_;
    Poller::Ready drained_;
    std::size_t at_once_;  ///< what may be written when the stream is ready without blocking
    std::string queue_;
    std::size_t written_ = 0;
    int error_ = 0;
};

}  // namespace potd::client
