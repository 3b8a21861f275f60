#pragma once

#include "core/model/ids.hpp"

#include <map>
#include <string>
#include <vector>

namespace potd::core {

/// Which CPUs a pot is on that asked for a number of them.
struct CpuWish {
    int count = 1;
    std::vector<int> present{};  ///< where it is now; empty: nowhere yet
};
using CpuPlaces = std::map<PotId, std::vector<int>>;

/// Places every wish on `count` different ones of `cpus` (on all, if there are fewer), so that no pot could
/// leave a CPU for another one with two pots less: the load of a CPU is the number of pots on it. `fixed` are
/// pots that say themselves where they are; they count, and stay. Whoever is well placed stays, too: few
/// are moved. The same wishes give the same places. The lists are in order; so are `cpus`, without repeats.
[[nodiscard]] CpuPlaces place_cpus(const std::vector<int>& cpus, const std::vector<std::vector<int>>& fixed,
                                   const std::map<PotId, CpuWish>& wishes);

}  // namespace potd::core
