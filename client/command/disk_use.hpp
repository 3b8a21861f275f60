#pragma once

#include "client/command/invocation.hpp"

namespace potd::client {

/// `system df`: what takes how much of potd's disk.
[[nodiscard]] Result<int> print_disk_use(Invocation& invocation);

}  // namespace potd::client
