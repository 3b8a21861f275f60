#pragma once

#include "core/service/supervisor.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/sim_machine.hpp"

#include <vector>

namespace potd::sim {

/// At rest the running pots of a bridge know each other by name, and nobody else.
void check_known_names(const std::vector<core::PotPtr>& pots, const SimMachine& machine, Judge& judge);

}  // namespace potd::sim
