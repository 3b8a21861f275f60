#pragma once

#include "core/model/pot_spec.hpp"
#include "core/model/root_fs.hpp"
#include "daemon/platform/linux/cgroup_layout.hpp"
#include "daemon/platform/linux/launch_plan.hpp"
#include "daemon/platform/linux/run_names.hpp"

#include <vector>

namespace potd::platform {

/// What decides a pot's file tree besides its root.
struct MountContext {
    const core::PotSpec& spec;
    const core::RootFs& root;
    const CgroupLayout& cgroups;
    bool cgroup_files = true;  ///< show the pot its own groups read-only at /sys/fs/cgroup
    NamePaths names{};
};

/// Every mount of a pot in order: the base's binds, /proc, /dev, /sys, its files of names, the user's mounts
/// (nosuid, nodev), then what is masked and read-only.
[[nodiscard]] std::vector<MountStep> plan_mounts(const MountContext& context);

}  // namespace potd::platform
