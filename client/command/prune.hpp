#pragma once

#include "client/command/invocation.hpp"

namespace potd::client {

/// Destroys the prunable pots and prints their names; also `system prune`.
[[nodiscard]] Result<int> run_prune(Invocation& invocation);

}  // namespace potd::client
