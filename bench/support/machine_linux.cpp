#include "bench/support/machine.hpp"
#include "tests/support/system.hpp"

namespace potd::bench {

Targets targets() {
    return {3.5, 2, 100};
}

std::string bare_cycle_steps() {
    return "clone3, mounts, pivot_root, exec /bin/true, wait";
}

PotProcesses pot_processes(pid_t main) {
    const pid_t init = test::process(main).parent;
    return {test::monitor_of(main), init, main};
}

}  // namespace potd::bench
