#pragma once

#include "core/model/run.hpp"
#include "daemon/platform/posix/hook_failure.hpp"

#include <optional>
#include <string>

namespace potd::platform {

/// Why a hook's processes were killed.
enum class HookCut { None, TimedOut, Cancelled };

/// The part of a result that follows from how the program ended: its wait(2) status, unset if nobody saw
/// it. A kill of ours counts only if the program did not end by itself before it came.
[[nodiscard]] core::HookResult hook_end(std::optional<int> wait_status, HookCut cut,
                                        core::milliseconds timeout);

/// HookResult::problem of a program that was never executed: path and reason.
[[nodiscard]] std::string hook_problem(const HookFailure& failure, const std::string& program);

}  // namespace potd::platform
