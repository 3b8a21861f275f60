#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/linux/netlink_message.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <utility>

namespace potd::platform {

/// A conversation with rtnetlink(7) about the network of the thread that opened it. One thread at a time;
/// blocks on the kernel alone.
class NetlinkSocket {
  public:
    [[nodiscard]] static core::Result<NetlinkSocket> open();

    /// For requests with NLM_F_ACK; the error has the kernel's errno.
    [[nodiscard]] core::Status ask(NetlinkMessage request);
    /// All there are of one kind (RTM_GETLINK …); `take` is called for each.
    using Take = std::function<void(const NetlinkPart&)>;
    [[nodiscard]] core::Status dump(NetlinkMessage request, const Take& take);

  private:
    explicit NetlinkSocket(UniqueFd fd) : fd_(std::move(fd)) {}
    UniqueFd fd_;
};

}  // namespace potd::platform
