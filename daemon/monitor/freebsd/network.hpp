#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

namespace potd::monitor {

/// Sets up the network stack of a jail that has one of its own: lo0 up with 127.0.0.1 and, where the kernel
/// has IPv6, ::1; its ends of cables and the interfaces moved into it with their addresses, and the default
/// routes. Done by a helper in the jail.
[[nodiscard]] bool set_up_network(int jail, const platform::JailView& plan, Fault& fault);

}  // namespace potd::monitor
