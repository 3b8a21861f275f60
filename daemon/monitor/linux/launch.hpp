#pragma once

#include "daemon/monitor/linux/fault.hpp"
#include "daemon/monitor/linux/plan_map.hpp"

namespace potd::monitor {

/// A pot whose init has been cloned. Descriptors are potmon's; -1 where there is none.
struct Launched {
    long init_pid = 0;
    int init = -1;                 ///< pidfd
    int control = -1;              ///< what init has to say
    int output = -1, errors = -1;  ///< non-blocking
    int input = -1;
};

/// Makes the cgroups and clones the pot's init into its namespaces; what init then does it reports
/// over `control`. On failure nothing but cgroup directories is left.
[[nodiscard]] bool launch(PlanMap& map, Launched& launched, Fault& fault);

}  // namespace potd::monitor
