#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/pot_spec.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"
#include "daemon/platform/linux/launch_plan.hpp"

#include <map>
#include <string>
#include <vector>

namespace potd::platform {

/// The groups of one run: one directory per hierarchy.
struct RunCgroups {
    std::vector<std::string> v1;                       ///< directories on v1, each once
    std::map<std::string, std::string> by_controller;  ///< v1 controller -> its directory
    std::string unified;                               ///< empty without a v2 hierarchy
};

/// Where a run stands in a v1 devices hierarchy. One that may mount could reach the group it is in and
/// take devices away in it, so it gets its own; the rules above hold in both.
enum class DeviceGroup { Shared, Own };

/// potd's part of the control group hierarchies: <hierarchy>/potd.<instance>/<id>.<run>.
/// Device rules stand on the top group; on v1 most runs are in it, the others below it. Blocking, but
/// only on the kernel's memory.
class CgroupTree {
  public:
    /// `root` is put before /sys where block devices are looked up, for made-up machines.
    CgroupTree(CgroupLayout layout, const std::string& instance, std::string root = {});

    /// Makes the top groups, hands controllers down, sets the device rules. Idempotent. On a pure v2
    /// machine with a delegated base the calling process moves into a leaf beside them first (no
    /// group with controllers may hold processes).
    [[nodiscard]] core::Status prepare();

    /// The groups a run needs and their limits, for the monitor to make. Unsupported names the field
    /// of a limit that no hierarchy can hold.
    [[nodiscard]] core::Result<std::vector<CgroupDirectory>> plan(
        const std::string& name, const core::Limits& limits, DeviceGroup devices = DeviceGroup::Shared) const;

    /// v1: the run gets its group of a controller that a limit of it needs now and did not before. Those that
    /// enter the run from here on enter it, too (CgroupDirectory::Later). It may be there already.
    [[nodiscard]] static bool is_later(std::string_view controller);
    [[nodiscard]] core::Status make_later(const std::string& name, const std::string& controller);

    /// Where the groups of a run are, if they exist, also those an earlier version made.
    [[nodiscard]] RunCgroups paths(const std::string& name) const;

    /// The group that every run has while it lives: the unified one, on v1 alone the first.
    [[nodiscard]] std::string main_group(const std::string& name) const;
    /// Where the group of a run in the v1 hierarchy of `controller` is if it has one; empty without such one.
    [[nodiscard]] std::string v1_group(const std::string& controller, const std::string& name) const;

    /// SIGKILL to every process of the run, without a window for new ones. Nothing to kill is fine.
    [[nodiscard]] core::Status kill(const std::string& name);

    /// True while a process of the run exists.
    [[nodiscard]] bool populated(const std::string& name) const;

    /// Host pids of the run.
    [[nodiscard]] std::vector<std::int32_t> processes(const std::string& name) const;

    /// Removes the groups and any below them. Conflict (EBUSY) while processes are still leaving.
    [[nodiscard]] core::Status remove(const std::string& name);

    /// kernel_name of every run that has a group in some hierarchy.
    [[nodiscard]] std::vector<std::string> runs() const;

    /// The group of the monitors, so that what a service manager does to potd's own (`systemctl kill`, its
    /// limits and its figures) does not meet them. On pure v2 only, else empty: a process is born in a group
    /// of v2 at no cost, and moving one into a group of v1 costs more than the whole start.
    [[nodiscard]] std::string monitors() const;

    /// Removes the top groups and that of the monitors unless something is left in them.
    void remove_top();

    [[nodiscard]] const CgroupLayout& layout() const { return layout_; }

  private:
    [[nodiscard]] std::vector<std::string> tops() const;
    [[nodiscard]] core::Status make_tops();
    [[nodiscard]] core::Status hand_down(const std::string& directory);
    [[nodiscard]] core::Status leave_base();
    [[nodiscard]] core::Status set_device_rules();

    CgroupLayout layout_;
    std::string top_;       ///< "potd.<instance>"
    std::string monitors_;  ///< "potd-monitors.<instance>"
    std::string root_;      ///< before /sys
};

}  // namespace potd::platform
