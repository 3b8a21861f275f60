#pragma once

#include "client/base/result.hpp"
#include "client/json/value.hpp"

#include <string>

namespace potd::client {

/// What a shell would exit with for a run that has ended: its exit code, or 128 + signal. A run that
/// never began or whose end nobody saw is a failure with the reason.
[[nodiscard]] Result<int> run_status(const Value& run);

/// For tables: "0", "7", "SIGKILL", "SIGKILL (oom)", "lost", "not started"; empty while it lives.
[[nodiscard]] std::string run_outcome(const Value& run);

/// As a shell does it: 127 for a command that is not there, 126 for one that may not be run; any other
/// failure stays what it is.
[[nodiscard]] Failure command_failure(Failure failure);

}  // namespace potd::client
