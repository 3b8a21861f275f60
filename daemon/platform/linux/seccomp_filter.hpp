#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/linux/capability.hpp"

#include <map>
#include <string>

namespace potd::platform {

/// Builds the default filter for a set of capabilities: an array of struct sock_filter, as bytes.
/// Known calls that are not allowed fail with EPERM, calls younger than libseccomp and, without
/// SYS_ADMIN, clone3 with ENOSYS (the C library then falls back); a foreign architecture, x32
/// included, ends the process. Takes some milliseconds.
[[nodiscard]] core::Result<std::string> build_seccomp_filter(CapabilityMask capabilities);

/// Keeps the programs that were built. Loop thread.
class SeccompPrograms {
  public:
    /// The program for these capabilities, built on first use.
    [[nodiscard]] core::Result<std::string> program(CapabilityMask capabilities);

  private:
    std::map<CapabilityMask, std::string> programs_;
};

}  // namespace potd::platform
