#pragma once

#include "tests/support/temp_dir.hpp"

#include <filesystem>

namespace potd::test {

/// A btrfs in a file, mounted. The first one gives this process a mount namespace of its own, so that nothing
/// is left mounted however it ends; made before there are threads.
class BtrfsImage {
  public:
    BtrfsImage();
    ~BtrfsImage();
    BtrfsImage(const BtrfsImage&) = delete;
    BtrfsImage& operator=(const BtrfsImage&) = delete;

    /// Where it is mounted; empty if that cannot be done here: no root, no mkfs.btrfs, no such kernel.
    [[nodiscard]] std::filesystem::path place() const { return mounted_ ? place_ : std::filesystem::path(); }

  private:
    TempDir directory_;
    std::filesystem::path place_;
    bool mounted_ = false;
};

}  // namespace potd::test
