#pragma once

#include "core/port/meter.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace potd::platform {

/// What interfaces of the host have carried, by their names, as the host sees it.
using LinkFigures = std::map<std::string, core::Traffic, std::less<>>;

/// The same of a pot that hangs on the host's ends `cables`, in the order of its own ends eth0, eth1 …: what
/// the host received by one the pot has sent. An end that is not there (any more) is left out.
[[nodiscard]] core::NetworkFigures figures_of_pot(const std::vector<std::string>& cables,
                                                  const LinkFigures& links);

}  // namespace potd::platform
