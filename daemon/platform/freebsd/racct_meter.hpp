#pragma once

#include "core/port/meter.hpp"

#include <string>

namespace potd::platform {

/// The figures of jails: from resource accounting (rctl_get_racct(2)) where the kernel keeps it, else added
/// up over the processes that live, so that what ended ones used is missing then.
class RacctMeter final : public core::Meter {
  public:
    explicit RacctMeter(std::string instance) : instance_(std::move(instance)) {}

    [[nodiscard]] core::Result<core::RunFigures> figures(const core::RunKey& key) override;
    [[nodiscard]] core::Result<core::RunLoad> load(const core::RunKey& key) override;
    [[nodiscard]] core::Result<std::vector<core::ProcessRow>> processes(const core::RunKey& key) override;

  private:
    std::string instance_;
};

}  // namespace potd::platform
