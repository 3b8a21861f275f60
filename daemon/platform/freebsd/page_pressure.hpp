#pragma once

#include "core/port/executor.hpp"
#include "core/port/pressure_gauge.hpp"

#include <string>
#include <utility>

namespace potd::platform {

/// The gauge of FreeBSD: the counters of its pages. The kernel counts no stalls and no refaults, and there is
/// no way to make a jail alone give memory back.
class PagePressure final : public core::PressureGauge {
  public:
    PagePressure(std::string state_directory, core::Executor& executor)
        : state_directory_(std::move(state_directory)), executor_(executor) {}

    [[nodiscard]] core::Result<Reading> read() override;
    [[nodiscard]] std::string missing(core::HostFigure figure) const override;
    [[nodiscard]] std::string no_reclaim() const override;
    void reclaim(const core::RunKey& key, std::int64_t bytes, core::Reply<void> reply) override;

  private:
    std::string state_directory_;
    core::Executor& executor_;
};

}  // namespace potd::platform
