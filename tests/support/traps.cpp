#include "tests/support/traps.hpp"

#include "tests/support/system.hpp"
#include "tests/support/wait.hpp"

#include <stdexcept>
#include <string>

namespace potd::test {

void wait_for_traps(pid_t pid) {
    const auto over = [&] {
        const Process found = process(pid);
        return found.pid == 0 || found.state == 'Z';
    };
    if (!wait_until([&] { return has_traps(pid) || over(); }))
        throw std::runtime_error("no trap of process " + std::to_string(pid) + " stands");
}

}  // namespace potd::test
