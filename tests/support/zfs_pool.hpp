#pragma once

#include "daemon/platform/posix/zfs_program.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace potd::test {

/// A zpool to test on: the one that POTD_TEST_ZPOOL names, with the machine's zfs(8); else, where there is a
/// stand-in for zfs, one of its own, which goes with the process.
class ZfsPool {
  public:
    ZfsPool();
    ~ZfsPool();
    ZfsPool(const ZfsPool&) = delete;
    ZfsPool& operator=(const ZfsPool&) = delete;

    /// False if there is neither.
    [[nodiscard]] bool usable() const { return !name_.empty(); }
    [[nodiscard]] bool is_real() const { return stand_in_ == nullptr; }
    [[nodiscard]] const std::string& name() const { return name_; }
    /// Absolute path of zfs.
    [[nodiscard]] const std::string& program() const { return program_; }

    /// A name for a dataset that nobody else uses; it is not made.
    [[nodiscard]] std::string new_dataset();
    /// Runs zfs. Throws if that cannot be done.
    [[nodiscard]] platform::ProgramEnd run(const std::vector<std::string>& words) const;
    /// Runs zfs; what it says goes to the error output. True if it ended well.
    bool zfs(const std::vector<std::string>& words) const;
    /// Datasets and snapshots below this one, without its own name and the '/' in front.
    [[nodiscard]] std::vector<std::string> names_below(const std::string& dataset) const;
    /// So that sizes are right: with zfs they are some seconds late.
    void sync() const;

    // Of the stand-in alone, see tests/fakes/zfs/main.cpp

    /// From the next call on: after so many that change something every call fails.
    void cut_after(unsigned calls) const;
    void mend() const;
    /// False if a call has failed by that.
    [[nodiscard]] bool is_whole() const;
    /// The calls since the last time.
    [[nodiscard]] std::vector<std::string> take_calls() const;

  private:
    void use_stand_in(const std::string& binary);

    std::string name_, program_;
    std::unique_ptr<TempDir> stand_in_;
    unsigned datasets_ = 0;
};

/// The one of this process.
[[nodiscard]] ZfsPool& zfs_pool();

/// Path of the stand-in and whether it can be used here; empty if not. Per system.
[[nodiscard]] std::string zfs_stand_in();

}  // namespace potd::test
