#pragma once

#include "core/monitor_link/frame.hpp"

#include <cstdint>
#include <span>

/// Processes and descriptors, as Linux has them.
namespace potd::monitor {

/// Pid and start time of a host pid; a start time of 0 if it is gone.
[[nodiscard]] core::monitor_link::LinkIdentity identify(long host_pid);

/// Host pid of the process a pidfd stands for; 0 if it cannot be told.
[[nodiscard]] long pid_of(int pidfd);

/// SIGKILL or any other; minus errno on failure (-ESRCH: it has ended).
long signal_process(int pidfd, int number);

/// True until the process has ended, reaped or not.
[[nodiscard]] bool runs(int pidfd);

/// Waits for the end of a child and reaps it; its wait status, or minus errno.
[[nodiscard]] long reap(int pidfd);

/// Closes every descriptor but the given ones (at most 8).
void close_all_except(std::span<const int> kept);

void block_all_signals();

/// Not dumpable: no ptrace and no /proc/PID/{exe,fd,mem} for the pot.
void hide_from_tracing();

/// Gives back what deeper calls have touched of the stack; for a process that will wait long.
void give_back_stack();
/// Where the stack ends at the latest; without it, 128 KiB below where give_back_stack is called.
void set_stack_end(std::uintptr_t lowest);

void set_oom_score(int value);
/// As low as this host allows; no error if it does not.
void lower_oom_score();

}  // namespace potd::monitor
