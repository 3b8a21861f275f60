#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

#include <cstdint>

/// The devfs(8) ruleset of one pot. Rulesets have numbers only; the first rule of each of ours says whose it
/// is, so that potd finds what a killed monitor left.
namespace potd::monitor {

/// Makes a set of the plan's rules; its number, 0 if the plan has none. False with `fault`: nothing is left.
[[nodiscard]] bool make_ruleset(const platform::JailView& plan, std::uint16_t& ruleset, Fault& fault);

/// Removes the rules of a set; the set goes with the last mount that uses it. 0 is fine.
void remove_ruleset(std::uint16_t ruleset);

}  // namespace potd::monitor
