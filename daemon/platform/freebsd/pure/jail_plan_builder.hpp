#pragma once

#include "core/base/result.hpp"
#include "core/port/runtime.hpp"
#include "daemon/platform/freebsd/pure/jail_attributes.hpp"
#include "daemon/platform/freebsd/pure/jail_plan.hpp"
#include "daemon/platform/posix/run_files.hpp"

#include <map>
#include <string>
#include <vector>

namespace potd::platform {

/// What the plan depends on besides the spec.
struct JailHost {
    std::string instance = "default";
    JailParameterKinds parameters;  ///< of this kernel
    bool accounting = false;        ///< kern.racct.enable: without it no limit but a cpuset
};

/// What the pot's userland says of itself; empty where it says nothing.
struct Userland {
    std::string release;  ///< "13.2-RELEASE-p4"
};

/// Turns what a user asked for into the complete plan of one run. Errors name the spec's field; what a jail
/// has no counterpart for (capabilities, seccomp, user namespaces, weights) is refused by name.
class JailPlanBuilder {
  public:
    explicit JailPlanBuilder(JailHost host) : host_(std::move(host)) {}

    /// What `build` would refuse, without a run. The attributes it comes to.
    [[nodiscard]] core::Result<JailAttributes> check(const core::PotSpec& spec) const;
    [[nodiscard]] core::Result<JailPlan> build(const core::LaunchRequest& request, const RunFiles& files,
                                               const Userland& userland) const;
    /// "maxproc" -> "limits.pids": what errors about limits name.
    [[nodiscard]] std::map<std::string, std::string> limit_fields(const core::Limits& limits) const;

    [[nodiscard]] const std::string& instance() const { return host_.instance; }

  private:
    [[nodiscard]] core::Status add_limits(JailPlan& plan, const core::PotSpec& spec) const;

    JailHost host_;
};

}  // namespace potd::platform
