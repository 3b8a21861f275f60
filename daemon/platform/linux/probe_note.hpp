#pragma once

#include "core/base/result.hpp"

#include <string>

namespace potd::platform {

/// A file in the state directory that keeps the good outcome of a probe: on a busy disk probes take tens of
/// milliseconds. It holds for this boot (and so this kernel) and this file system.
class ProbeNote {
  public:
    ProbeNote(std::string directory, std::string name);
    [[nodiscard]] bool holds() const;
    [[nodiscard]] core::Status write() const;

  private:
    std::string directory_, name_;
    std::string now_;  ///< the circumstances; empty if they cannot be told
};

}  // namespace potd::platform
