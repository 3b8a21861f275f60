#pragma once

#include "daemon/platform/linux/cgroup_layout.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>

namespace potd::test {

/// A made-up machine below a temporary directory: its mount table and control group directories.
class MachineTree {
  public:
    /// V1: memory, pids, devices, freezer, cpuset; cpu,cpuacct together. V2: memory pids cpu cpuset io.
    /// Hybrid: v1 as above beside a unified hierarchy without them.
    explicit MachineTree(platform::CgroupMode mode);

    [[nodiscard]] std::string root() const { return directory_.path().string(); }
    [[nodiscard]] platform::CgroupLayout layout() const;
    void put(const std::string& path, std::string_view content) const {
        write_file(directory_ / path, content);
    }
    [[nodiscard]] std::string get(const std::string& path) const { return read_file(directory_ / path); }

  private:
    void add_v1();
    void add_unified(const std::string& point, std::string_view controllers);

    TempDir directory_{"potd-machine"};
    std::string mounts_;
};

}  // namespace potd::test
