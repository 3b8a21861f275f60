#pragma once

#include "core/port/executor.hpp"
#include "core/port/live_mounts.hpp"
#include "daemon/platform/linux/live_mount.hpp"
#include "daemon/platform/posix/monitored_runtime.hpp"

#include <functional>

namespace potd::platform {

/// Mounts in the mount namespaces of runs.
class NamespaceMounts final : public core::LiveMounts {
  public:
    /// Both outlive this.
    NamespaceMounts(const MonitoredRuntime& runtime, core::Executor& executor)
        : runtime_(runtime), executor_(executor) {}

    [[nodiscard]] core::Status check() const override { return {}; }
    void mount(const core::RunKey& key, const core::MountSpec& mount, std::uint32_t first_host_id,
               core::Reply<void> reply) override;
    void unmount(const core::RunKey& key, const core::MountSpec& mount, core::Reply<void> reply) override;

  private:
    void act(const core::RunKey& key, LiveMount mount,
             const std::function<core::Status(const LiveMount&)>& what, core::Reply<void> reply);

    const MonitoredRuntime& runtime_;
    core::Executor& executor_;
};

}  // namespace potd::platform
