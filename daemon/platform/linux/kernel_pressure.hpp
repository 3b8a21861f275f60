#pragma once

#include "core/base/result.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/pressure_gauge.hpp"
#include "daemon/platform/linux/cgroup_tree.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace potd::platform {

/// What procfs(5) says of a shortage: pressure/memory, meminfo, vmstat, loadavg. `root` is above "/proc".
/// What cannot be read is unset. The rate of refaults is the caller's to make: `refaults` is a count since
/// boot.
struct ProcPressure {
    core::PressureGauge::Reading reading;
    std::optional<std::int64_t> refaults;
};
[[nodiscard]] ProcPressure read_proc_pressure(const std::string& root);

/// The gauge of Linux: procfs, and memory.reclaim (v2, from 5.19) or memory.force_empty (v1). What is free on
/// the disk is asked on the pool, as a file system that does not answer must not hold up all else: a reading
/// says what was known by then.
class KernelPressure final : public core::PressureGauge {
  public:
    /// All outlive this. `state_directory` is on the file system that is watched.
    KernelPressure(const CgroupTree& cgroups, std::string state_directory, core::Clock& clock,
                   core::Executor& executor, std::string root = "");

    [[nodiscard]] core::Result<Reading> read() override;
    [[nodiscard]] std::string missing(core::HostFigure figure) const override;
    [[nodiscard]] std::string no_reclaim() const override;
    void reclaim(const core::RunKey& key, std::int64_t bytes, core::Reply<void> reply) override;

  private:
    struct Counted {
        std::int64_t count = 0;
        core::SteadyTime at;
    };
    /// What is known of the file system of the state directory; asked by one at a time.
    struct Room {
        std::optional<core::Result<double>> free;  ///< percent
        bool is_asked = false;
    };
    void ask_for_room();
    [[nodiscard]] std::optional<double> refault_rate(std::optional<std::int64_t> count);

    const CgroupTree& cgroups_;
    std::string state_directory_;
    core::Clock& clock_;
    core::Executor& executor_;
    std::string root_;
    std::string no_stalls_;  ///< why there are no figures of stalls; empty: there are
    std::optional<Counted> refaults_;
    std::shared_ptr<Room> room_ = std::make_shared<Room>();
};

}  // namespace potd::platform
