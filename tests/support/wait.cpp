#include "tests/support/wait.hpp"

#include <algorithm>
#include <thread>

namespace potd::test {

bool wait_until(const std::function<bool()>& condition, milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    milliseconds pause(1);
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, milliseconds(20));
    }
    return true;
}

}  // namespace potd::test
