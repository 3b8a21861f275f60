#pragma once

#include "core/base/error.hpp"
#include "core/model/run.hpp"
#include "core/monitor_link/frame.hpp"
#include "core/port/exec.hpp"

#include <string_view>

namespace potd::platform {

// What a monitor tells, in core's words.

/// The record of an end. `kill_requested`: potd itself killed the run, also where the monitor did not see it.
/// oom: the kernel killed a process of the pot for memory and the pot did not end well.
[[nodiscard]] core::ExitRecord to_record(const core::monitor_link::ExitFacts& facts, bool kill_requested);

/// The record of a run whose end nobody saw.
[[nodiscard]] core::ExitRecord lost_record(core::WallTime at, std::string_view why);

/// Why a launch or an exec failed: kind and field by the stage, the text as it came.
[[nodiscard]] core::Error to_error(const core::monitor_link::Failure& failure);

/// A wait(2) status as a shell would show it.
[[nodiscard]] core::ExecResult to_result(int wait_status);

}  // namespace potd::platform
