#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/monitor/process.hpp"

#include <span>

/// Processes, as FreeBSD has them.
namespace potd::monitor {

/// Makes potmon the reaper of all that descends from it, hides it from tracing and keeps the kernel from
/// killing it for want of memory. Signals are blocked; the death of a child is told by the queue below.
void become_keeper();

/// A kqueue that is readable when a child has ended; -1 with `fault`.
[[nodiscard]] int watch_children(Fault& fault);
/// Forgets what the queue has told and reaps every orphan that has ended. Children with a process descriptor
/// are left to who holds it.
void reap_orphans(int queue);

/// Living and unreaped processes that descend from potmon.
[[nodiscard]] unsigned descendants();

/// Closes every descriptor above the standard three but the given ones. Before a child enters a jail: nothing
/// of the host may be open in it, and the kernel lets nobody in who has a directory open.
void close_all_except(std::span<const int> kept);

/// pdfork(2): 0 in the child; the descriptor kills the process when it is closed, so also when potmon dies.
[[nodiscard]] long fork_with_descriptor(int& process);

}  // namespace potd::monitor
