#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/linux/netlink_message.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace potd::platform {

/// Tells when somebody else changes tables of nftables in the network of the thread that began it: what the
/// kernel multicasts at the end of each transaction (NFNLGRP_NFTABLES) names the thread that committed it.
/// Loop thread only.
class RuleWatch {
  public:
    /// `changed`: with the name of the program, or "somebody" where the kernel had more to tell than was
    /// read.
    RuleWatch(core::Reactor& reactor, std::string table, std::function<void(const std::string& by)> changed);
    ~RuleWatch();
    RuleWatch(const RuleWatch&) = delete;
    RuleWatch& operator=(const RuleWatch&) = delete;

    [[nodiscard]] core::Status begin();
    /// After a transaction of our own: what it makes the kernel tell is read at once, as a large one would
    /// fill the socket.
    void skip_own();

  private:
    void listen();
    /// Who else changed the tables, of all that can be read; empty if nobody did.
    [[nodiscard]] std::string read_all(bool after_own);
    void take(const NetlinkPart& part, std::string& by);

    core::Reactor& reactor_;
    std::string table_;
    std::function<void(const std::string&)> changed_;
    UniqueFd fd_;
    bool is_touched_ = false;  ///< by the transaction that is being told
};

}  // namespace potd::platform
