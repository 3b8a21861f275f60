#pragma once

#include "daemon/platform/freebsd/host_aliases.hpp"
#include "daemon/platform/freebsd/jail_enclosures.hpp"
#include "daemon/platform/freebsd/oom_log.hpp"
#include "daemon/platform/freebsd/orphan_reaper.hpp"
#include "daemon/platform/freebsd/pure/jail_plan_builder.hpp"
#include "daemon/platform/posix/monitored_runtime.hpp"

#include <memory>
#include <string>

namespace potd::platform {

struct JailRuntimeOptions {
    std::string instance = "default";  ///< part of every jail's name
    std::string run_directory;         ///< exists; sockets and exit records go to its folder pots/
    std::string state_directory;       ///< the roots of pots are below it
    std::string monitor_program;       ///< path of potmon, opened once
};

/// Runs pots in jails, each under a potmon.
class JailRuntime final : public MonitoredRuntime {
  public:
    /// Opens the monitor and reads which jail parameters this kernel has. The error says what is missing.
    [[nodiscard]] static core::Result<std::unique_ptr<JailRuntime>> create(JailRuntimeOptions options,
                                                                           Loop loop);

    ~JailRuntime() override;
    JailRuntime(const JailRuntime&) = delete;
    JailRuntime& operator=(const JailRuntime&) = delete;

    core::Status check(const core::PotSpec& spec) override;
    void freeze(const core::RunKey& key, bool frozen, core::Reply<void> reply) override;
    core::Status put_names(const core::RunKey& key, const core::NameFiles& files) override;
    void sweep(const std::vector<core::RunKey>& live, core::Reply<std::vector<std::string>> reply) override;

  private:
    JailRuntime(const JailRuntimeOptions& options, Loop loop, JailHost host, UniqueFd monitor);

    [[nodiscard]] Enclosures& enclosures() override { return enclosures_; }
    [[nodiscard]] core::Result<UniqueFd> plan_file(const core::LaunchRequest& request, LiveRun& run) override;

    /// Whether that is a run which goes on.
    bool take_matches(const std::string& jail, const MemoryMatches& matches);

    OrphanReaper orphans_;  ///< what a killed potmon ran comes to potd
    HostAliases aliases_;
    JailEnclosures enclosures_;
    JailPlanBuilder builder_;
    OomLog ooms_;
};

}  // namespace potd::platform
