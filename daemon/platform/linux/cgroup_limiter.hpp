#pragma once

#include "core/port/limiter.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"
#include "daemon/platform/posix/serial_executor.hpp"

#include <string>

namespace potd::platform {

/// Gives the groups of a run these limits, as Limiter::set has it. Blocking: the kernel may have memory to
/// take back. Any thread, one at a time for a run.
[[nodiscard]] core::Status set_group_limits(CgroupTree& cgroups, const std::string& name,
                                            const core::Limits& limits, const std::string& root);

/// Limits in control groups. `cgroups` outlives it, and its layout does not change any more.
class CgroupLimiter final : public core::Limiter {
  public:
    CgroupLimiter(CgroupTree& cgroups, core::Executor& executor) : cgroups_(cgroups), worker_(executor) {}

    [[nodiscard]] std::vector<core::LeftOut> left_out(const core::Limits& limits) const override;
    void set(const core::RunKey& key, const core::Limits& limits, core::Reply<void> reply) override;

  private:
    CgroupTree& cgroups_;
    SerialExecutor worker_;
};

}  // namespace potd::platform
