#pragma once

#include "core/port/prober.hpp"
#include "daemon/platform/posix/loop.hpp"
#include "daemon/platform/posix/loopback_socket.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <memory>
#include <unordered_map>

namespace potd::platform {

class LoopbackProbe;

/// Checks by TCP and HTTP inside a pot's network: at 127.0.0.1, at ::1 of a pot whose only addresses are
/// IPv6.
class LoopbackProber final : public core::Prober {
  public:
    /// As connect_in.
    using Connect = std::function<core::Result<UniqueFd>(const core::ProcessIdentity&, LoopbackPort)>;

    LoopbackProber(Loop loop, Connect connect) : loop_(loop), connect_(std::move(connect)) {}
    LoopbackProber(const LoopbackProber&) = delete;
    LoopbackProber& operator=(const LoopbackProber&) = delete;
    /// Probes under way are dropped with their replies.
    ~LoopbackProber() override;

    void probe(const core::ProbeRequest& request, core::Reply<std::string> reply) override;

  private:
    Loop loop_;
    Connect connect_;
    std::unordered_map<std::uint64_t, std::shared_ptr<LoopbackProbe>> probes_;
    std::uint64_t next_ = 1;
};

}  // namespace potd::platform
