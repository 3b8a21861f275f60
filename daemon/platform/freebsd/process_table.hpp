#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>
// after sys/types.h
#include <sys/user.h>

namespace potd::platform {

// The kernel's table of processes (sysctl kern.proc, kinfo_proc of <sys/user.h>). Any thread; a few
// hundred microseconds for a thousand processes.

/// The number of the jail of this name that is not dying; -1 if there is none.
[[nodiscard]] int find_jail(const std::string& name);

/// Every process of the machine, zombies included.
[[nodiscard]] core::Result<std::vector<kinfo_proc>> all_processes();

/// Every process in the jail, zombies and those of jails within it left out.
[[nodiscard]] core::Result<std::vector<kinfo_proc>> jail_processes(int jail);

/// Arguments joined by blanks; of a process without any its name in brackets.
[[nodiscard]] std::string command_of(const kinfo_proc& process);

}  // namespace potd::platform
