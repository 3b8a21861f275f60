#pragma once

#include "daemon/monitor/fault.hpp"

namespace potd::monitor {

/// Brings lo0 of a jail with a network stack of its own up, with 127.0.0.1 and, where the kernel has IPv6,
/// ::1. Done by a helper in the jail, which is given lo0 without addresses.
[[nodiscard]] bool raise_loopback(int jail, Fault& fault);

}  // namespace potd::monitor
