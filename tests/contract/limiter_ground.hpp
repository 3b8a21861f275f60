#pragma once

#include "core/port/limiter.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace potd::test {

/// A limiter, and one run that has no limits; both go with it.
class LimiterGround {
  public:
    virtual ~LimiterGround() = default;
    [[nodiscard]] virtual core::Limiter& limiter() = 0;
    [[nodiscard]] virtual core::RunKey run() const = 0;
    /// Waits for what `set` has begun.
    virtual void settle(const bool& replied) = 0;
    /// What is enforced of the run, looked up where it is; unset: nothing.
    [[nodiscard]] virtual std::optional<std::int64_t> memory() = 0;
    [[nodiscard]] virtual std::optional<std::int64_t> pids() = 0;
    /// The run uses so many bytes from now on. False where that cannot be.
    [[nodiscard]] virtual bool use_memory(std::int64_t bytes) = 0;
};

struct LimiterMaker {
    std::string name;
    /// Null, and why in `lacks`, where this machine has not got what it needs.
    std::unique_ptr<LimiterGround> (*make)(std::string& lacks) = nullptr;
};

/// Every adapter that this system has. One source file per system.
[[nodiscard]] std::vector<LimiterMaker> limiters_of_system();

}  // namespace potd::test
