#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"

namespace potd::core {

/// What the machine allows, for checks that depend on it.
struct SpecBounds {
    int cpus = 1;
    std::int64_t memory = 0;         ///< bytes in the machine, 0 = unknown
    std::vector<int> cpu_numbers{};  ///< of its CPUs, in order; empty: 0 up to `cpus`
};

/// SpecBounds::cpu_numbers, also where it is empty.
[[nodiscard]] std::vector<int> cpu_numbers(const SpecBounds& bounds);

/// Checks every field of a spec against the contract. The error names the field by its dotted path
/// in the request ("limits.memory", "mounts[2].target"), the value and what was expected.
[[nodiscard]] Status validate(const PotSpec& spec, const SpecBounds& bounds);

/// Of a bound on disk space: 0 for none, or from 1M up.
[[nodiscard]] Status check_disk_limit(std::string_view field, std::int64_t bytes);

/// Parses "0,2-3" into CPU numbers; refuses empty parts, inverted ranges and numbers >= cpus.
[[nodiscard]] Result<std::vector<int>> parse_cpu_list(std::string_view text, int cpus,
                                                      std::string_view field);

/// The number of "TERM", "SIGTERM", "15", "RTMIN+3" on this platform; InvalidArgument otherwise.
[[nodiscard]] Result<int> parse_signal(std::string_view text, std::string_view field);

/// "TERM" for 15; the number as text for one without a name.
[[nodiscard]] std::string signal_name(int number);

}  // namespace potd::core
