#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/linux/netlink_message.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace potd::platform {

/// Tells which interfaces go from the network of the thread that began it, whoever removes them: what the
/// kernel multicasts (RTNLGRP_LINK). Everything else that is told of interfaces is dropped by the kernel
/// already, so that the many changes around each start wake nobody. Loop thread only.
class LinkWatch {
  public:
    struct Told {
        std::function<void(std::uint32_t index, const std::string& name)> gone;
        /// There was more to tell than was read: any may be gone.
        std::function<void()> missed;
    };
    enum class Of {
        Links,    ///< all that go
        Members,  ///< those that a bridge has no longer, whether they are gone or not
    };
    LinkWatch(core::Reactor& reactor, Of of, Told told);
    ~LinkWatch();
    LinkWatch(const LinkWatch&) = delete;
    LinkWatch& operator=(const LinkWatch&) = delete;

    [[nodiscard]] core::Status begin();

  private:
    void listen();
    void read_all();

    core::Reactor& reactor_;
    Of of_;
    Told told_;
    UniqueFd fd_;
};

}  // namespace potd::platform
