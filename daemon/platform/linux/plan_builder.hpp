#pragma once

#include "core/base/result.hpp"
#include "core/port/runtime.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"
#include "daemon/platform/linux/id_shift.hpp"
#include "daemon/platform/linux/launch_plan.hpp"
#include "daemon/platform/linux/run_names.hpp"
#include "daemon/platform/linux/seccomp_filter.hpp"
#include "daemon/platform/posix/run_files.hpp"

#include <memory>
#include <string>

namespace potd::platform {

/// What is the same for every pot of this potd.
struct PlanDefaults {
    std::string path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    std::uint64_t open_files_soft = 1024, open_files_hard = 524'288;  ///< unless rlimits.nofile says else
    bool cgroup_files = true;              ///< mount the pot's groups read-only at /sys/fs/cgroup
    std::shared_ptr<const IdShift> shift;  ///< null: no user namespaces
};

/// Turns what a user asked for into the complete plan of one run. Errors name the spec's field.
/// Loop thread.
class PlanBuilder {
  public:
    PlanBuilder(PlanDefaults defaults, const CgroupTree& cgroups)
        : defaults_(std::move(defaults)), cgroups_(cgroups) {}

    /// Builds the seccomp program that nearly every pot uses, ahead of the first start.
    [[nodiscard]] core::Status prepare();

    /// What `build` would refuse, without a run.
    [[nodiscard]] core::Status check(const core::PotSpec& spec);
    /// `names`: what is shown of them, none by default.
    [[nodiscard]] core::Result<LaunchPlan> build(const core::LaunchRequest& request, const RunFiles& files,
                                                 const NamePaths& names = {});

  private:
    [[nodiscard]] core::Status check_user_namespace(const core::PotSpec& spec) const;
    [[nodiscard]] core::Status add_root(LaunchPlan& plan, const core::RootFs& root) const;
    [[nodiscard]] static core::Status add_user_namespace(LaunchPlan& plan,
                                                         const core::LaunchRequest& request);
    [[nodiscard]] core::Status add_rlimits(LaunchPlan& plan, const core::PotSpec& spec) const;
    [[nodiscard]] core::Status add_security(LaunchPlan& plan, const core::SecuritySpec& security);
    void add_command(LaunchPlan& plan, const core::PotSpec& spec) const;
    [[nodiscard]] std::vector<std::string> environment(const core::PotSpec& spec) const;

    PlanDefaults defaults_;
    const CgroupTree& cgroups_;
    SeccompPrograms seccomp_;
};

}  // namespace potd::platform
