#pragma once

#include "core/port/executor.hpp"
#include "core/port/live_mounts.hpp"

#include <functional>
#include <string>
#include <utility>

namespace potd::platform {

/// Mounts below the roots of jails that run, made on the host as those of a launch are (nullfs). They go with
/// the run: JailEnclosures takes off whatever is mounted below its root. Directories only.
class JailMounts final : public core::LiveMounts {
  public:
    /// `executor` outlives this.
    JailMounts(std::string instance, core::Executor& executor)
        : instance_(std::move(instance)), executor_(executor) {}

    [[nodiscard]] core::Status check() const override { return {}; }
    void mount(const core::RunKey& key, const core::MountSpec& mount, std::uint32_t first_host_id,
               core::Reply<void> reply) override;
    void unmount(const core::RunKey& key, const core::MountSpec& mount, core::Reply<void> reply) override;

  private:
    void act(const core::RunKey& key, const core::MountSpec& mount,
             core::Status (*what)(const std::string& jail, const core::MountSpec& mount),
             core::Reply<void> reply);

    std::string instance_;
    core::Executor& executor_;
};

}  // namespace potd::platform
