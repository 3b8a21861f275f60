#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/monitor/plan_map.hpp"
#include "daemon/monitor/pot.hpp"
#include "daemon/platform/linux/plan_view.hpp"

namespace potd::monitor {

using LaunchMap = PlanMap<platform::PlanView>;

/// A pot whose init has been cloned. Descriptors are potmon's; -1 where there is none.
struct Launched {
    long init_pid = 0;
    int init = -1;     ///< pidfd
    int control = -1;  ///< what init has to say
    PotStreams streams;
};

/// Makes the cgroups and clones the pot's init into its namespaces; what init then does it reports
/// over `control`. On failure nothing but cgroup directories is left.
[[nodiscard]] bool launch(LaunchMap& map, Launched& launched, Fault& fault);

}  // namespace potd::monitor
