#include "bench/support/machine.hpp"
#include "bench/support/memory_group.hpp"
#include "bench/support/short_slice.hpp"
#include "tests/support/system.hpp"

namespace potd::bench {

Targets targets() {
    return {4, 2.5, 300};
}

std::string bare_cycle_steps() {
    return "jail_set, fork, jail_attach, exec true, wait, jail_remove";
}

PotProcesses pot_processes(pid_t main) {
    return {test::monitor_of(main), 0, main};
}

// What only Linux has.

double empty_memory_group_kib() {
    return -1;
}

bool use_short_slice() {
    return false;
}

}  // namespace potd::bench
