#pragma once

#include "core/port/executor.hpp"
#include "core/port/live_mounts.hpp"

#include <utility>

namespace potd::platform {

/// Of a system on which mounts come and go with starts only.
class NoLiveMounts final : public core::LiveMounts {
  public:
    explicit NoLiveMounts(core::Executor& executor) : executor_(executor) {}

    [[nodiscard]] core::Status check() const override {
        return core::error(
            core::ErrorKind::Unsupported,
            "this system's pots get and lose mounts at their start only: stop the pot first, or "
            "change `mounts` of its spec for the next start");
    }
    void mount(const core::RunKey& /*key*/, const core::MountSpec& /*mount*/, std::uint32_t /*first_host_id*/,
               core::Reply<void> reply) override {
        refuse(std::move(reply));
    }
    void unmount(const core::RunKey& /*key*/, const core::MountSpec& /*mount*/,
                 core::Reply<void> reply) override {
        refuse(std::move(reply));
    }

  private:
    void refuse(core::Reply<void> reply) {
        executor_.post([reply = std::move(reply), refused = check()] { reply(refused); });
    }
    core::Executor& executor_;
};

}  // namespace potd::platform
