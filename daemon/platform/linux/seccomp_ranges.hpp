#pragma once

#include "core/base/result.hpp"

#include <set>
#include <vector>

#include <linux/filter.h>

namespace potd::platform {

/// A piece of a filter that allows the calls of these numbers and lets all others, and those of another
/// architecture, run on into what follows it. The kernel converts and compiles a filter at each start of
/// a pot: a search over ranges is a third of the size of a comparison with every number. TooLarge if it
/// has more instructions than its jumps reach.
[[nodiscard]] core::Result<std::vector<sock_filter>> allow_ranges(const std::set<int>& calls);

}  // namespace potd::platform
