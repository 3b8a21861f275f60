#pragma once

#include "core/monitor_link/frame.hpp"

#include <cstdint>

/// Processes as potmon holds them: by a descriptor that polls readable at the process' end and through
/// which it is signalled (Linux: a pidfd, FreeBSD: a process descriptor). Each system has its own
/// process.cpp.
namespace potd::monitor {

/// Pid and start time of a host pid; a start time of 0 if it is gone.
[[nodiscard]] core::monitor_link::LinkIdentity identify(long host_pid);

/// SIGKILL or any other; minus errno on failure (-ESRCH: it has ended).
long signal_process(int process, int number);

/// True until the process has ended, reaped or not.
[[nodiscard]] bool runs(int process);

/// Waits for the end of a child and reaps it; its wait status, or minus errno. The descriptor stays open.
[[nodiscard]] long reap(int process);

/// Gives back what deeper calls have touched of the stack; for a process that will wait long.
void give_back_stack();

}  // namespace potd::monitor
