#pragma once

#include "core/port/limiter.hpp"
#include "core/port/runtime.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"
#include "daemon/platform/posix/serial_executor.hpp"

#include <functional>
#include <string>
#include <utility>

namespace potd::platform {

/// Gives the groups of a run these limits, as Limiter::set has it. Blocking: the kernel may have memory to
/// take back. Any thread, one at a time for a run.
[[nodiscard]] core::Status set_group_limits(CgroupTree& cgroups, const std::string& name,
                                            const core::Limits& limits, const std::string& root);

/// Limits in control groups, and that of files. `cgroups` outlives it, and its layout does not change any
/// more.
class CgroupLimiter final : public core::Limiter {
  public:
    /// The pot's pid 1.
    using FirstProcess = std::function<core::Result<core::ProcessIdentity>(const core::RunKey&)>;

    CgroupLimiter(CgroupTree& cgroups, core::Executor& executor, FirstProcess first)
        : cgroups_(cgroups), worker_(executor), first_(std::move(first)) {}

    [[nodiscard]] std::vector<core::LeftOut> left_out(const core::Limits& limits) const override;
    void set(const core::RunKey& key, const core::Limits& limits, core::Reply<void> reply) override;

  private:
    CgroupTree& cgroups_;
    SerialExecutor worker_;
    FirstProcess first_;
};

}  // namespace potd::platform
