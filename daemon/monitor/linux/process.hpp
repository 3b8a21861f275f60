#pragma once

#include "daemon/monitor/process.hpp"

#include <cstdint>
#include <span>

/// Processes and descriptors, as Linux has them.
namespace potd::monitor {

/// Host pid of the process a pidfd stands for; 0 if it cannot be told.
[[nodiscard]] long pid_of(int pidfd);

/// Closes every descriptor but the given ones (at most 8).
void close_all_except(std::span<const int> kept);

void block_all_signals();

/// Not dumpable: no ptrace and no /proc/PID/{exe,fd,mem} for the pot.
void hide_from_tracing();

/// Where the stack ends at the latest; without it, 128 KiB below where give_back_stack is called.
void set_stack_end(std::uintptr_t lowest);

void set_oom_score(int value);
/// As low as this host allows; no error if it does not.
void lower_oom_score();

}  // namespace potd::monitor
