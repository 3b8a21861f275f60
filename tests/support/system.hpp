#pragma once

#include "tests/support/wait.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace potd::test {

// What the tests ask the system itself. One source file per system implements all of it.

struct Process {
    pid_t pid = 0;
    pid_t parent = 0;
    std::uint64_t start_time = 0;  ///< as core::ProcessIdentity
    std::string name;
    std::string command;  ///< arguments joined by blanks
    std::string belongs;  ///< words that tell whose it is: executable, directory, cgroup or jail
    char state = '?';
};

/// Every process there is, zombies included.
[[nodiscard]] std::vector<Process> processes();
/// The process, or one with pid 0 if it is not there.
[[nodiscard]] Process process(pid_t pid);

/// The root directory a process of a pot sees, as the host's root reaches it.
[[nodiscard]] std::string root_of(pid_t pid);
/// potmon of the pot whose main process this is.
[[nodiscard]] pid_t monitor_of(pid_t main);
/// How many files, sockets and the like a process has open.
[[nodiscard]] std::size_t open_descriptors(pid_t pid);

/// Everything that a supervisor could leave in the kernel, one line each: "mount …", "cgroup …",
/// "interface …", "netns …", "jail …".
[[nodiscard]] std::vector<std::string> kernel_objects();

/// True if it catches or ignores one of HUP, INT, TERM, USR1, USR2: what a shell does after `trap`.
[[nodiscard]] bool has_traps(pid_t pid);

/// Waits for the end of any process, child or not, without reaping it. False: still there.
[[nodiscard]] bool wait_for_exit(pid_t pid, milliseconds limit);

/// A directory in memory, where nothing waits for a disk; empty if the system has none.
[[nodiscard]] std::string memory_directory();

/// The cgroup mode of the machine: "v1", "v2", "hybrid", "none"; "jail" on FreeBSD.
[[nodiscard]] std::string resource_mode();

/// True if an overlay (or this system's counterpart) with its upper layer below `directory` works.
[[nodiscard]] bool overlay_works(const std::string& directory);

/// Proportional and resident memory of one process in KiB; -1 if it is gone.
[[nodiscard]] std::int64_t proportional_kib(pid_t pid);
[[nodiscard]] std::int64_t resident_kib(pid_t pid);
/// Memory of the kernel's own, in KiB.
struct KernelMemory {
    std::int64_t slabs = 0, stacks = 0, page_tables = 0, per_cpu = 0;
    [[nodiscard]] std::int64_t sum() const { return slabs + stacks + page_tables + per_cpu; }
};
[[nodiscard]] KernelMemory kernel_memory();

}  // namespace potd::test
