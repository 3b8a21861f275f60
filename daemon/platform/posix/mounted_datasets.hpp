#pragma once

#include "core/port/datasets.hpp"

#include <string>
#include <utility>

namespace potd::platform {

/// Datasets as the system's table of mounts has them: no program is run. Per system.
class MountedDatasets final : public core::Datasets {
  public:
    /// Mounts of this type count; another than zfs is for tests.
    explicit MountedDatasets(std::string file_system = "zfs") : file_system_(std::move(file_system)) {}
    [[nodiscard]] core::Result<std::string> mountpoint(const std::string& dataset) const override;

  private:
    std::string file_system_;
};

}  // namespace potd::platform
