#pragma once

#include "client/command/invocation.hpp"

namespace potd::client {

/// Removes what `request` and the options that `prune` and `system prune` share ask for, and prints what
/// went.
[[nodiscard]] Result<int> run_prune(Invocation& invocation, Value request);

}  // namespace potd::client
