#pragma once

#include "core/port/meter.hpp"
#include "daemon/platform/freebsd/process_table.hpp"
#include "daemon/platform/freebsd/pure/cable_figures.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

/// The figures of jails: from resource accounting (rctl_get_racct(2)) where the kernel keeps it, and added
/// up over the processes that live, so that what ended ones used is missing unless another inside waited for
/// them. What went over a pot's cables to bridges by the counters of the host's ends. The processes and the
/// cables are asked for all jails at once, and the answer is used for half a second. Loop thread.
class RacctMeter final : public core::Meter {
  public:
    /// The host's ends of the cables of a run, in its order; unset if it hangs on no bridge.
    using Cables = std::function<std::optional<std::vector<std::string>>(const core::RunKey&)>;
    RacctMeter(std::string instance, Cables cables)
        : instance_(std::move(instance)), cables_(std::move(cables)) {}

    [[nodiscard]] core::Result<core::RunFigures> figures(const core::RunKey& key) override;
    /// All of them come from the same few answers.
    [[nodiscard]] core::Result<core::RunFigures> moving_figures(const core::RunKey& key) override {
        return figures(key);
    }
    [[nodiscard]] core::Result<core::RunLoad> load(const core::RunKey& key) override;

  private:
    using Clock = std::chrono::steady_clock;
    template <typename Value>
    struct Kept {
        Value value{};
        std::optional<Clock::time_point> at{};
        [[nodiscard]] bool is_young(Clock::time_point now) const;
    };

    [[nodiscard]] core::Result<std::vector<kinfo_proc>> processes_of(int jail);
    [[nodiscard]] core::Status read_processes(Clock::time_point now);
    [[nodiscard]] core::Result<core::NetworkFigures> network_of(const std::vector<std::string>& cables);

    std::string instance_;
    Cables cables_;
    Kept<std::map<int, std::vector<kinfo_proc>>> processes_;  ///< by jail
    Kept<LinkFigures> links_;
};

}  // namespace potd::platform
