#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <string>

namespace potd::platform {

/// A directory of its own for a probe, with empty "lower", "upper", "work", "merged" and a file "lower/file".
/// `remove` it at the end; what a crash leaves in the trash is swept.
class ProbePlace {
  public:
    /// Below `directory`.
    [[nodiscard]] static core::Result<ProbePlace> make(const std::string& directory);
    /// Runs `body` in a child process whose working directory is the place, in a mount namespace of its own
    /// that shares nothing with the host's. `body` returns an errno and may only call the kernel.
    [[nodiscard]] core::Result<int> in_child(const std::function<int()>& body) const;
    [[nodiscard]] core::Status remove();

  private:
    UniqueFd parent_, place_;
    std::string name_;
};

}  // namespace potd::platform
