#pragma once

#include "core/base/result.hpp"

#include <string>

namespace potd::core {

/// The file systems of ZFS on this machine, whoever's they are. Loop thread; quick.
class Datasets {
  public:
    virtual ~Datasets() = default;
    /// The absolute path it is mounted on. NotFound if it is not mounted, be it that it does not exist;
    /// Unsupported where there is no ZFS.
    [[nodiscard]] virtual Result<std::string> mountpoint(const std::string& dataset) const = 0;
};

}  // namespace potd::core
