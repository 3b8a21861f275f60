#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/linux/plan_view.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// The pot's cgroup directories, as the plan names them. One plan, one pot; no state here.
namespace potd::monitor {

/// Makes the directories, but shared ones, and writes their settings.
[[nodiscard]] bool make_cgroups(const platform::PlanView& plan, Fault& fault);

/// Descriptor of the unified directory for clone3; -1 if the plan has none.
[[nodiscard]] int open_unified(const platform::PlanView& plan);

/// Moves the calling process, which must have a single thread, into every v1 directory. Writing "0"
/// to `tasks` spares the kernel the global lock that moving a process by number takes.
[[nodiscard]] bool join_v1_cgroups(const platform::PlanView& plan, Fault& fault);

/// Thaws the pot and kills what is in its unified directory. Harmless if there is nothing.
void kill_cgroups(const platform::PlanView& plan);

/// The number behind `key` at the beginning of a line of `text`; with an empty key, at its beginning.
[[nodiscard]] std::optional<std::int64_t> number_of_key(std::string_view text, std::string_view key);

struct MemoryFacts {
    std::int64_t peak = -1;
    std::int64_t oom_kills = -1;
};
[[nodiscard]] MemoryFacts read_memory_facts(const platform::PlanView& plan);

/// Shared ones stay. False if a directory is still busy; it is left to potd.
[[nodiscard]] bool remove_cgroups(const platform::PlanView& plan);

}  // namespace potd::monitor
