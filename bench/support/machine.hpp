#pragma once

#include <string>

#include <sys/types.h>

namespace potd::bench {

// What differs by system. One source file per system implements all of it.

/// What the figures have to reach here.
struct Targets {
    double life_ratio, start_ratio;  ///< to the bare cycle
    double monitor_kib;              ///< potmon's own memory
};
[[nodiscard]] Targets targets();

/// The bare cycle in a few words.
[[nodiscard]] std::string bare_cycle_steps();

/// Host pids of potmon, init and command of a running pot; init is 0 where a pot has none.
struct PotProcesses {
    pid_t monitor, init, main;
};
[[nodiscard]] PotProcesses pot_processes(pid_t main);

}  // namespace potd::bench
