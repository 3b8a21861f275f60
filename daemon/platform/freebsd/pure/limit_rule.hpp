#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"

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

/// The rules for a jail. What rctl(4) does with each was measured on 13.2: `memoryuse:deny` is accepted and
/// denies nothing, so the memory limit kills what exceeds it; maxproc, swapuse and pcpu really deny. What
/// rctl calls swapuse is all memory that might have to be swapped, so a limit of swap is added to that of
/// memory. Unsupported with the field for limits that FreeBSD has no mechanism for.
[[nodiscard]] core::Result<std::vector<LimitRule>> limit_rules(std::string_view jail,
                                                               const core::Limits& limits);

/// "jail:NAME": the filter under which rctl finds all of them.
[[nodiscard]] std::string limit_filter(std::string_view jail);

/// The processors of a list like "0,2-3", each once. InvalidArgument with `field`.
[[nodiscard]] core::Result<std::vector<unsigned>> parse_cpus(std::string_view list, std::string_view field);

}  // namespace potd::platform
