#pragma once

#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace potd::bench {

/// The least a container can cost on this machine, all by direct system calls, no daemon. Root only. Throws
/// std::system_error where the machine refuses a step.
///   Linux: clone3 with new pid, mount, uts, ipc and cgroup namespaces, an overlay root, /proc, /dev with six
///   nodes, devpts, shm, mqueue, /sys, masked and read-only paths, pivot_root, exec of /bin/true, wait; no
///   cgroup, no seccomp.
///   FreeBSD: jail_set of a directory, a child that enters it and executes true, wait, jail_remove; no
///   mounts.
class BareCycle {
  public:
    /// `directory`: an empty one, on the storage to be measured.
    explicit BareCycle(const std::filesystem::path& directory);

    /// One cycle, in milliseconds, upper directories made and removed included.
    [[nodiscard]] double run();
    /// The times of `count` cycles after a tenth as many to warm up.
    [[nodiscard]] std::vector<double> series(int count);

  private:
    std::filesystem::path directory_;
    std::string overlay_options_;  ///< Linux
};

/// Medians before and after what is measured: a ratio is to their mean.
class BareBracket {
  public:
    BareBracket(const std::string& state, int count);
    /// Measures the second time; milliseconds.
    [[nodiscard]] double close();

  private:
    test::TempDir directory_;
    BareCycle cycle_;
    int count_;
    double before_;
};

}  // namespace potd::bench
