#pragma once

#include "core/monitor_link/frame.hpp"
#include "daemon/monitor/text.hpp"

#include <string_view>

namespace potd::monitor {

using core::monitor_link::Stage;

/// Why a launch or an exec cannot go on. Filled at most once, by the step that failed.
struct Fault {
    Stage stage = Stage::Internal;
    int error_number = 0;
    FixedText<core::monitor_link::max_failure_text> text;
};

/// Text of the errno values that occur when a pot starts; "error N" is for the caller to add else.
[[nodiscard]] std::string_view error_text(int error_number);

/// Fills `fault` with "what name: text of the error". `result` is minus errno, or 0 where no system
/// call is to blame and `what` says it all. Always false, so that a step can `return fail(…)`.
bool fail(Fault& fault, Stage stage, long result, std::string_view what, std::string_view name = {});

}  // namespace potd::monitor
