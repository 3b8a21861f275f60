#pragma once

#include "daemon/platform/linux/cgroup_tree.hpp"
#include "daemon/platform/linux/kernel_log.hpp"
#include "daemon/platform/posix/enclosures.hpp"

namespace potd::platform {

/// The control groups of runs.
class CgroupEnclosures final : public Enclosures {
  public:
    CgroupEnclosures(Loop loop, CgroupTree& cgroups) : loop_(loop), cgroups_(cgroups) {}

    core::Status kill(const std::string& name) override { return cgroups_.kill(name); }
    core::Status signal(const std::string& name, int number, const std::vector<std::int32_t>& pids) override;
    std::unique_ptr<Waiting> wait_until_empty(const std::string& name, core::milliseconds limit,
                                              core::Reply<void> reply) override;
    core::Status remove(const std::string& name) override { return cgroups_.remove(name); }
    [[nodiscard]] core::OomFacts oom_facts(const std::string& name) override;
    [[nodiscard]] std::vector<std::string> runs() const override { return cgroups_.runs(); }

  private:
    Loop loop_;
    CgroupTree& cgroups_;
    KernelLog log_;
};

}  // namespace potd::platform
