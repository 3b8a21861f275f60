#pragma once

#include "core/port/limiter.hpp"
#include "core/port/meter.hpp"
#include "daemon/platform/posix/serial_executor.hpp"

#include <string>
#include <vector>

namespace potd::platform {

/// rctl(4) rules and the set of processors of jails that run.
class JailLimiter final : public core::Limiter {
  public:
    JailLimiter(std::string instance, core::Executor& executor)
        : instance_(std::move(instance)), worker_(executor) {}

    [[nodiscard]] std::vector<core::LeftOut> left_out(const core::Limits& limits) const override;
    void set(const core::RunKey& key, const core::Limits& limits, core::Reply<void> reply) override;

  private:
    std::string instance_;
    SerialExecutor worker_;
};

/// The processors that potd, and so a jail, may use, in order.
[[nodiscard]] std::vector<int> usable_processors();

}  // namespace potd::platform
