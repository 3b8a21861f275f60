#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace potd::platform {

// The texts of rctl_get_racct(2) and rctl_get_rules(2). Pure.

/// "cputime=3,memoryuse=5300224,…" as numbers by resource; what is no number is left out.
[[nodiscard]] std::map<std::string, std::int64_t, std::less<>> parse_racct(std::string_view text);

/// The amounts that "jail:NAME:RESOURCE:ACTION=AMOUNT,…" denies or kills for, by resource; of several for one
/// resource the smallest. Suffixes as rctl(8) prints them: k, m, g, t, p, e.
[[nodiscard]] std::map<std::string, std::int64_t, std::less<>> parse_rules(std::string_view text);

}  // namespace potd::platform
