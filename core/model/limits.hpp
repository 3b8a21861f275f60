#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"
#include "core/model/validate.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

// What can be said of limits without looking at the machine. Pure.

/// The members of `limits` that limit something, in the contract's order.
inline constexpr std::array<std::string_view, 16> limit_names{
    "cpuset", "cpu_count", "cpus",      "cpu_weight", "memory",    "memory_soft", "swap",       "pids",
    "disk",   "files",     "hugepages", "io",         "io_weight", "rctl",        "network_rx", "network_tx"};

/// A limit that is asked for and does not hold, because the machine cannot enforce it.
struct LeftOut {
    std::string field;   ///< "limits.io_weight", "limits.rctl.nthr"
    std::string reason;  ///< a clause
    friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

/// Whether `field` ("limits.io_weight", "limits.io[0]") is left out where the machine cannot enforce it.
[[nodiscard]] bool is_best_effort(const Limits& limits, std::string_view field);
/// Unsupported, with the field, for the first that the spec does not let be left out.
[[nodiscard]] Status check_left_out(const Limits& limits, const std::vector<LeftOut>& left_out);

/// In place of limits.files: whatever a run has of them.
inline constexpr std::int64_t files_as_they_are = -1;

/// Everything but disk and network rates, whose checks stand elsewhere.
[[nodiscard]] Status check_limits(const Limits& limits, const SpecBounds& bounds);

/// "0-1,3" for 0, 1, 3; they are in order.
[[nodiscard]] std::string format_cpu_list(const std::vector<int>& cpus);

/// The bytes of a page size written as "2M"; InvalidArgument with `field` unless it is a power of two.
[[nodiscard]] Result<std::int64_t> parse_page_size(std::string_view text, std::string_view field);

}  // namespace potd::core
