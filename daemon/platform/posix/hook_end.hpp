#pragma once

#include "core/model/run.hpp"

#include <optional>
#include <string>

namespace potd::platform {

/// Why a hook's processes were killed.
enum class HookCut { None, TimedOut, Cancelled };

/// The step before the program at which a hook's child gave up, as the child tells it.
struct HookFailure {
    enum class Step : int { Group, Streams, User, Directory, Program };
    Step step = Step::Program;
    int error_number = 0;
};

/// The part of a result that follows from how the program ended: its wait(2) status, unset if nobody saw
/// it. A kill of ours counts only if the program did not end by itself before it came.
[[nodiscard]] core::HookResult hook_end(std::optional<int> wait_status, HookCut cut,
                                        core::milliseconds timeout);

/// HookResult::problem of a program that was never executed: path and reason.
[[nodiscard]] std::string hook_problem(const HookFailure& failure, const std::string& program);

}  // namespace potd::platform
