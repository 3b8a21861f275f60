#pragma once

#include "client/base/result.hpp"

#include <functional>
#include <map>

namespace potd::client {

/// Waits for several descriptors at once and calls who is ready. Descriptors are not owned.
class Poller {
  public:
    using Ready = std::function<Status()>;

    /// Replaces what was watched on `fd`.
    void watch(int fd, Ready readable);
    void forget(int fd) { watches_.erase(fd); }
    /// Holds back `fd` without forgetting it.
    void hold(int fd, bool held);
    /// Also calls when `fd` takes output; empty ends that.
    void watch_output(int fd, Ready writable);

    /// Until `stop` (also one from before), or until a call fails.
    [[nodiscard]] Status run();
    void stop() { stopped_ = true; }

  private:
    struct Watch {
        Ready readable;
        Ready writable;
        bool held = false;
    };
    [[nodiscard]] Status step();
    [[nodiscard]] Status deliver(int fd, int events);

    std::map<int, Watch> watches_;
    bool stopped_ = false;
};

}  // namespace potd::client
