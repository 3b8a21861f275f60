#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

#include <cstdint>

/// The pot's jail, by jail_set(2) and its kin.
namespace potd::monitor {

/// Makes it, persistent, without a process in it. Its number, or -1 with the kernel's own words in `fault`. A
/// jail of that name that exists is left alone. `descriptor` owns the jail where the kernel has such
/// descriptors: should potmon die, the kernel removes the jail. It is -1 where not.
[[nodiscard]] int make_jail(const platform::JailView& plan, std::uint16_t ruleset, int& descriptor,
                            Fault& fault);

/// From now on it goes with its last process.
void let_jail_end(int jail);

/// Whether the jail of this number is alive and has this name. A number is given again some day.
[[nodiscard]] bool is_jail(int jail, std::string_view name);

/// Kills all that is in it and marks it dying; the end of the processes comes later. Nothing to do is fine.
void remove_jail(int jail, std::string_view name);

/// Whether a process is in it, also one that came from elsewhere, also while it is dying.
[[nodiscard]] bool has_processes(int jail, std::string_view name);

/// Sends a signal to every process of the jail, all at one moment and none missed: a helper enters the jail
/// and leaves the choice to kill(-1), which there sees nothing of the host.
void signal_jail(int jail, int number);

}  // namespace potd::monitor
