#pragma once

#include "core/base/result.hpp"

#include <string>
#include <utility>

namespace potd::platform {

/// The packet filter of the host, by pfctl(8), in one anchor: other rules are read alone. Each call starts a
/// program and waits for its end, some milliseconds. Loop thread.
class Pf {
  public:
    explicit Pf(std::string anchor) : anchor_(std::move(anchor)) {}

    /// Unsupported, saying what is missing: pf itself, or lines in the host's rules.
    [[nodiscard]] core::Status check() const;
    /// Whether it knows ports of SCTP.
    [[nodiscard]] bool knows_sctp() const;
    /// The anchor says this from now on, all at once, or what it said before.
    [[nodiscard]] core::Status load(const std::string& rules) const;

  private:
    std::string anchor_;
};

}  // namespace potd::platform
