#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/linux/plan_view.hpp"

/// The interfaces of a pot with addresses of its own, by rtnetlink(7). They go with the pot's network
/// namespace.
namespace potd::monitor {

/// A socket that speaks for the network potmon is in, the host's; left as it is if the plan has no
/// interfaces.
[[nodiscard]] bool open_host_links(const platform::PlanView& plan, int& socket, Fault& fault);

/// In a process in the pot's network namespace, which still sees the host's /proc: makes each interface, with
/// exactly the addresses of the plan, and the way out.
[[nodiscard]] bool make_interfaces(const platform::PlanView& plan, int host_links, Fault& fault);

}  // namespace potd::monitor
