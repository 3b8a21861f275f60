#pragma once

#include "core/port/prober.hpp"
#include "daemon/platform/machine.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <memory>
#include <unordered_map>

namespace potd::platform {

class LoopbackProbe;

/// Checks by TCP and HTTP at 127.0.0.1 inside a pot's network.
class LoopbackProber final : public core::Prober {
  public:
    /// A non-blocking TCP socket in the network of a process; on any thread, may block for a moment.
    using MakeSocket = std::function<core::Result<UniqueFd>(const core::ProcessIdentity&)>;

    LoopbackProber(LoopPorts loop, MakeSocket make_socket)
        : loop_(loop), make_socket_(std::move(make_socket)) {}
    LoopbackProber(const LoopbackProber&) = delete;
    LoopbackProber& operator=(const LoopbackProber&) = delete;
    /// Probes under way are dropped with their replies.
    ~LoopbackProber() override;

    void probe(const core::ProbeRequest& request, core::Reply<std::string> reply) override;

  private:
    LoopPorts loop_;
    MakeSocket make_socket_;
    std::unordered_map<std::uint64_t, std::shared_ptr<LoopbackProbe>> probes_;
    std::uint64_t next_ = 1;
};

}  // namespace potd::platform
