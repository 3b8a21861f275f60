#pragma once

#include "core/base/result.hpp"
#include "core/model/limits.hpp"
#include "core/model/pot_spec.hpp"
#include "core/port/meter.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// One limit as rctl(8) writes it, and where the user asked for it.
struct LimitRule {
    std::string text;      ///< "jail:NAME:maxproc:deny=200"
    std::string resource;  ///< "maxproc"; errors of the kernel name it
    std::string field;     ///< "limits.pids"
    friend bool operator==(const LimitRule&, const LimitRule&) = default;
};

/// What limits come to in a jail.
struct PlannedRules {
    std::vector<LimitRule> rules;
    std::vector<core::LeftOut> left_out;  ///< what FreeBSD, or this kernel, has nothing for
};

/// The rules for a jail. What rctl(4) does with each was measured on 13.2: `memoryuse:deny` is accepted and
/// denies nothing, so the memory limit kills what exceeds it, and has the kernel log whom; maxproc,
/// openfiles, swapuse and pcpu really deny. What rctl calls swapuse is all memory that might have to be
/// swapped, so a limit of swap is added to that of memory. Bandwidths are throttled, and the two times, which
/// nothing can deny, end what exceeds them. `accounting` is kern.racct.enable, without which there are no
/// rules.
[[nodiscard]] PlannedRules plan_rules(std::string_view jail, const core::Limits& limits, bool accounting);

/// The rules; Unsupported with the field for one that is left out and no best effort, InvalidArgument for a
/// limit of swap without one of memory.
[[nodiscard]] core::Result<std::vector<LimitRule>> limit_rules(std::string_view jail,
                                                               const core::Limits& limits,
                                                               bool accounting = true);

/// From the rules there are ("jail:NAME:maxproc:deny=200,…", as rctl_get_rules(2) lists them) to those
/// wanted: first the new ones come, then the old ones go, so that nothing is without a limit in between.
struct RuleChange {
    std::vector<LimitRule> add;
    std::vector<std::string> remove;
};
[[nodiscard]] RuleChange rule_change(std::string_view present, const std::vector<LimitRule>& wanted);

/// Which of limit_names a jail of this kernel can have; those of storage and networks are for others to say.
[[nodiscard]] std::vector<core::LimitAbility> limit_abilities(bool accounting);

/// "jail:NAME": the filter under which rctl finds all of them.
[[nodiscard]] std::string limit_filter(std::string_view jail);

/// The processors of a list like "0,2-3", each once. InvalidArgument with `field`.
[[nodiscard]] core::Result<std::vector<unsigned>> parse_cpus(std::string_view list, std::string_view field);

}  // namespace potd::platform
