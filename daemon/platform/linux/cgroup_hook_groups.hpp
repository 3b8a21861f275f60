#pragma once

#include "daemon/platform/linux/cgroup_layout.hpp"
#include "daemon/platform/linux/cgroup_wait.hpp"
#include "daemon/platform/posix/hook_groups.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace potd::platform {

/// Hooks in control groups of one hierarchy: v2 where there is one, else v1's freezer, else any of v1.
/// They are <hierarchy>/potd-hooks.<instance>/<name>, beside the pots' potd.<instance> and not below it:
/// device rules and limits of pots are not for programs of the host, and who sweeps one need not know
/// the other.
class CgroupHookGroups final : public HookGroups {
  public:
    /// `potmon`: a descriptor of the program, of the same build, that outlives this.
    CgroupHookGroups(const CgroupLayout& layout, const std::string& instance, int potmon, Loop loop);
    CgroupHookGroups(const CgroupHookGroups&) = delete;
    CgroupHookGroups& operator=(const CgroupHookGroups&) = delete;
    /// Kills what runs; removes the top group if nothing is left.
    ~CgroupHookGroups() override;

    /// Makes the top group. Idempotent.
    [[nodiscard]] core::Status prepare();

    core::Result<StartedHook> start(const std::string& name, const HookProgram& program) override;
    bool remove(const std::string& name) override;
    void clear(const std::string& name, core::Reply<void> reply) override;
    core::Status sweep() override;

  private:
    [[nodiscard]] std::string directory(const std::string& name) const { return top_ + "/" + name; }
    [[nodiscard]] core::Result<UniqueFd> make(const std::string& directory) const;
    [[nodiscard]] core::Status kill(const std::string& directory) const;
    [[nodiscard]] core::Status remove_now(const std::string& directory, core::SteadyTime deadline) const;

    Loop loop_;
    bool unified_ = false;
    bool freezer_ = false;
    std::string top_;  ///< empty without control groups
    UniqueFd null_;
    int potmon_;
    bool lift_oom_score_ = false;
    std::map<std::uint64_t, std::unique_ptr<Waiting>> waits_;
    std::uint64_t last_wait_ = 0;
};

}  // namespace potd::platform
