#pragma once

#include "daemon/platform/linux/cgroup_enclosures.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"
#include "daemon/platform/linux/host_devices.hpp"
#include "daemon/platform/linux/kernel_bridges.hpp"
#include "daemon/platform/linux/plan_builder.hpp"
#include "daemon/platform/linux/run_names.hpp"
#include "daemon/platform/posix/monitored_runtime.hpp"

#include <functional>
#include <memory>
#include <string>

namespace potd::platform {

struct RuntimeOptions {
    std::string instance = "default";  ///< part of every cgroup's name
    std::string run_directory;         ///< exists; sockets and exit records go to its folder pots/
    std::string monitor_program;       ///< path of potmon, read once
    std::string system_root;           ///< put before /proc/self/mountinfo and what it lists
    PlanDefaults plan;
    std::function<void(const std::string&)> problem;  ///< for the log; may be empty
};

/// Runs pots in Linux namespaces and control groups, each under a potmon.
class LinuxRuntime final : public MonitoredRuntime {
  public:
    /// Loads the monitor, prepares the control groups and the seccomp program. The error says what the
    /// machine lacks.
    [[nodiscard]] static core::Result<std::unique_ptr<LinuxRuntime>> create(const RuntimeOptions& options,
                                                                            Loop loop);

    ~LinuxRuntime() override;
    LinuxRuntime(const LinuxRuntime&) = delete;
    LinuxRuntime& operator=(const LinuxRuntime&) = delete;

    core::Status check(const core::PotSpec& spec) override { return builder_.check(spec); }
    void freeze(const core::RunKey& key, bool frozen, core::Reply<void> reply) override;
    core::Status put_names(const core::RunKey& key, const core::NameFiles& files) override;
    void release(const core::RunKey& key, core::Reply<void> reply) override;
    void sweep(const std::vector<core::RunKey>& live, core::Reply<std::vector<std::string>> reply) override;

    [[nodiscard]] const CgroupTree& cgroups() const { return cgroups_; }
    [[nodiscard]] CgroupTree& cgroups() { return cgroups_; }

  private:
    LinuxRuntime(const RuntimeOptions& options, Loop loop, CgroupLayout layout, UniqueFd monitor);

    [[nodiscard]] Enclosures& enclosures() override { return enclosures_; }
    [[nodiscard]] int monitor_group() const override { return monitor_group_.get(); }
    [[nodiscard]] core::Status open_monitor_group();
    [[nodiscard]] core::Result<UniqueFd> plan_file(const core::LaunchRequest& request, LiveRun& run) override;

    CgroupTree cgroups_;
    UniqueFd monitor_group_;  ///< empty where monitors stay in potd's own
    CgroupEnclosures enclosures_;
    KernelBridges bridges_;
    RunNames names_;
    HostDevices devices_;
    std::function<void(const std::string&)> problem_;
    PlanBuilder builder_;
};

}  // namespace potd::platform
