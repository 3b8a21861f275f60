#pragma once

#include "core/port/meter.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"
#include "daemon/platform/linux/network_meter.hpp"
#include "daemon/platform/linux/run_counters.hpp"

#include <optional>
#include <utility>

namespace potd::platform {

/// Meter over the control groups of this instance, and the network if there is a meter of it.
class CgroupMeter final : public core::Meter {
  public:
    explicit CgroupMeter(const CgroupTree& cgroups, std::optional<NetworkMeter> network = std::nullopt)
        : counters_(cgroups), network_(std::move(network)) {}

    /// NotFound if the run has no groups.
    [[nodiscard]] core::Result<core::RunFigures> figures(const core::RunKey& key) override;
    [[nodiscard]] core::Result<core::RunFigures> moving_figures(const core::RunKey& key) override;
    [[nodiscard]] core::Result<core::RunLoad> load(const core::RunKey& key) override;

  private:
    [[nodiscard]] core::Result<core::RunFigures> with_network(const core::RunKey& key,
                                                              std::optional<core::RunFigures> figures);

    RunCounters counters_;
    std::optional<NetworkMeter> network_;
};

}  // namespace potd::platform
