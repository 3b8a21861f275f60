#pragma once

#include "core/base/histogram.hpp"
#include "core/base/time.hpp"
#include "core/model/operation.hpp"
#include "core/model/run.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace potd::api {

/// Counts operations and hooks that have ended. Loop thread.
class WorkTally {
  public:
    struct Series {
        std::map<std::string, std::uint64_t> by_outcome;
        core::Histogram seconds;
    };
    /// Of an operation the outcome is its state.
    void count(const core::Operation& ended);
    /// Of a hook: "ok", "exit_code", "signal", "timed_out" or "failed" (it could not be run, or was cut
    /// short).
    void count(core::HookStage stage, const core::HookResult& result, core::milliseconds took);

    [[nodiscard]] const std::map<core::OperationKind, Series>& operations() const { return operations_; }
    [[nodiscard]] const std::map<core::HookStage, Series>& hooks() const { return hooks_; }

  private:
    std::map<core::OperationKind, Series> operations_;
    std::map<core::HookStage, Series> hooks_;
};

}  // namespace potd::api
