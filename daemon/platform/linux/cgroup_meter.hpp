#pragma once

#include "core/port/meter.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"
#include "daemon/platform/linux/network_meter.hpp"
#include "daemon/platform/linux/run_counters.hpp"

#include <optional>
#include <string>
#include <utility>

namespace potd::platform {

/// One process for the listing; NotFound if it has ended. `proc` is /proc or a made-up tree.
[[nodiscard]] core::Result<core::ProcessRow> read_process_row(std::int32_t pid, const std::string& proc);

/// Meter over the control groups of this instance, and the network if there is a meter of it.
class CgroupMeter final : public core::Meter {
  public:
    explicit CgroupMeter(const CgroupTree& cgroups, std::string proc = "/proc",
                         std::optional<NetworkMeter> network = std::nullopt)
        : cgroups_(cgroups), counters_(cgroups), proc_(std::move(proc)), network_(std::move(network)) {}

    /// NotFound if the run has no groups.
    [[nodiscard]] core::Result<core::RunFigures> figures(const core::RunKey& key) override;
    [[nodiscard]] core::Result<core::RunFigures> moving_figures(const core::RunKey& key) override;
    [[nodiscard]] core::Result<core::RunLoad> load(const core::RunKey& key) override;
    [[nodiscard]] core::Result<std::vector<core::ProcessRow>> processes(const core::RunKey& key) override;

  private:
    [[nodiscard]] core::Result<core::RunFigures> with_network(const core::RunKey& key,
                                                              std::optional<core::RunFigures> figures);

    const CgroupTree& cgroups_;
    RunCounters counters_;
    std::string proc_;
    std::optional<NetworkMeter> network_;
};

}  // namespace potd::platform
