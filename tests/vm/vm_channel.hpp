#pragma once

#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/program.hpp"

#include <chrono>
#include <string>

namespace potd::test {

/// Our end of the agent's port (guest/agent.sh has the protocol). One command at a time. Everything throws
/// std::runtime_error when the machine has gone or does not answer in time; no further call is of use then.
class VmChannel {
  public:
    using Deadline = std::chrono::steady_clock::time_point;

    VmChannel() = default;
    explicit VmChannel(platform::UniqueFd socket) : socket_(std::move(socket)) {}

    /// Until the agent says that it serves.
    void await_ready(Deadline deadline);
    /// Runs a script of sh as root, with `input` as its standard input.
    Outcome call(const std::string& script, const std::string& input, Deadline deadline);

  private:
    void send(const std::string& text, Deadline deadline);
    std::string take_line(Deadline deadline);
    std::string take(std::size_t bytes, Deadline deadline);
    void receive(Deadline deadline);

    platform::UniqueFd socket_;
    std::string buffer_;  ///< received, not yet taken
};

}  // namespace potd::test
