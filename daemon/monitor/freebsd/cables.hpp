#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

namespace potd::monitor {

/// Makes the plan's cables: the host's end of each a member of its bridge, the other the jail's, still down
/// and without addresses. What was made stays where one fails.
[[nodiscard]] bool lay_cables(int jail, const platform::JailView& plan, Fault& fault);

/// Moves the plan's interfaces of the host into the jail; there they are down.
[[nodiscard]] bool give_devices(int jail, const platform::JailView& plan, Fault& fault);

/// Whether the jail has interfaces besides loopback.
[[nodiscard]] bool has_links(const platform::JailView& plan);

/// The plan's interfaces of the host are there again. While the jail lives: what is left to the kernel comes
/// with its end, which connections that linger put off.
void reclaim_devices(int jail, const platform::JailView& plan);

/// Takes them away, both ends; those of a jail that somebody removed when their ends have come back from it,
/// or after two seconds. Those that are gone, or that others made, are left alone.
void remove_cables(const platform::JailView& plan, bool jail_lives);

}  // namespace potd::monitor
