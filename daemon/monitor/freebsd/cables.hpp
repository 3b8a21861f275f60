#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

namespace potd::monitor {

/// Makes the plan's cables: the host's end of each a member of its bridge, the other the jail's, still down
/// and without addresses. What was made stays where one fails.
[[nodiscard]] bool lay_cables(int jail, const platform::JailView& plan, Fault& fault);

[[nodiscard]] bool has_cables(const platform::JailView& plan);

/// Takes them away, both ends; those of a jail that somebody removed when their ends have come back from it,
/// or after two seconds. Those that are gone, or that others made, are left alone.
void remove_cables(const platform::JailView& plan, bool jail_lives);

}  // namespace potd::monitor
