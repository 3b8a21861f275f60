#pragma once

#include "core/port/runtime.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"
#include "daemon/platform/linux/cgroup_wait.hpp"
#include "daemon/platform/linux/live_run.hpp"
#include "daemon/platform/linux/plan_builder.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace potd::platform {

struct RuntimeOptions {
    std::string instance = "default";  ///< part of every cgroup's name
    std::string run_directory;         ///< exists; sockets and exit records go to its folder pots/
    std::string monitor_program;       ///< path of potmon, read once
    std::string system_root;           ///< put before /proc/self/mountinfo and what it lists
    PlanDefaults plan;
};

/// Runs pots in Linux namespaces and control groups, each under a potmon.
class LinuxRuntime final : public core::Runtime {
  public:
    /// Loads the monitor, prepares the control groups and the seccomp program. The error says what the
    /// machine lacks.
    [[nodiscard]] static core::Result<std::unique_ptr<LinuxRuntime>> create(RuntimeOptions options,
                                                                            Loop loop);

    ~LinuxRuntime() override;
    LinuxRuntime(const LinuxRuntime&) = delete;
    LinuxRuntime& operator=(const LinuxRuntime&) = delete;

    void set_observer(core::RunObserver* observer) override { observer_ = observer; }
    core::Status check(const core::PotSpec& spec) override { return builder_.check(spec); }
    void launch(core::LaunchRequest request) override;
    core::Status signal(const core::RunKey& key, int signal_number, core::SignalTarget target) override;
    void kill_all(const core::RunKey& key) override;
    void freeze(const core::RunKey& key, bool frozen, core::Reply<void> reply) override;
    void release(const core::RunKey& key, core::Reply<void> reply) override;
    void adopt(const core::RunKey& key, const core::RunProcesses& stored,
               core::Reply<core::Adopted> reply) override;
    void sweep(const std::vector<core::RunKey>& live, core::Reply<std::vector<std::string>> reply) override;

    [[nodiscard]] const CgroupTree& cgroups() const { return cgroups_; }
    /// The execs of a live run; null if it is not known or over.
    [[nodiscard]] std::shared_ptr<ExecTable> execs(const core::RunKey& key) const;
    /// The console of a live run; null if it is not known or over.
    [[nodiscard]] std::shared_ptr<Console> console(const core::RunKey& key) const;

  private:
    LinuxRuntime(RuntimeOptions options, Loop loop, CgroupLayout layout, UniqueFd monitor);

    [[nodiscard]] RunFiles files_of(const std::string& name) const;
    [[nodiscard]] core::Status start(const core::LaunchRequest& request);
    [[nodiscard]] LiveRun& add_run(const core::RunKey& key);
    [[nodiscard]] core::Result<UniqueFd> plan_file(const core::LaunchRequest& request, LiveRun& run);
    /// Groups and files of a run; `files` are others than the usual ones.
    void remove_traces(const std::string& name, std::vector<std::string> files,
                       const core::Reply<void>& reply);
    void remove_groups(const std::string& name, const core::Reply<void>& reply);
    void keep(std::uint64_t id, std::unique_ptr<CgroupWait> wait);
    /// What is left of runs: their names, and their files.
    [[nodiscard]] std::map<std::string, std::vector<std::string>> traces() const;
    void reply_absent(const core::RunKey& key, core::Reply<core::Adopted> reply);
    void end_stray(const std::string& name, const std::function<void()>& ended);

    RuntimeOptions options_;
    Loop loop_;
    UniqueFd monitor_;
    UniqueFd null_;
    CgroupTree cgroups_;
    PlanBuilder builder_;
    core::RunObserver* observer_ = nullptr;
    std::map<core::RunKey, std::unique_ptr<LiveRun>> runs_;
    std::map<std::uint64_t, std::unique_ptr<CgroupWait>> waits_;
    std::uint64_t last_wait_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
