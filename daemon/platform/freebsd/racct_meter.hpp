#pragma once

#include "core/port/meter.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

/// The figures of jails: from resource accounting (rctl_get_racct(2)) where the kernel keeps it, else added
/// up over the processes that live, so that what ended ones used is missing then. What went over a pot's
/// cables to bridges by the counters of the host's ends.
class RacctMeter final : public core::Meter {
  public:
    /// The host's ends of the cables of a run, in its order; unset if it hangs on no bridge.
    using Cables = std::function<std::optional<std::vector<std::string>>(const core::RunKey&)>;
    RacctMeter(std::string instance, Cables cables)
        : instance_(std::move(instance)), cables_(std::move(cables)) {}

    [[nodiscard]] core::Result<core::RunFigures> figures(const core::RunKey& key) override;
    [[nodiscard]] core::Result<core::RunLoad> load(const core::RunKey& key) override;
    [[nodiscard]] core::Result<std::vector<core::ProcessRow>> processes(const core::RunKey& key) override;

  private:
    std::string instance_;
    Cables cables_;
};

}  // namespace potd::platform
