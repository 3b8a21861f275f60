#include "tests/system/crash_points_fixture.hpp"

namespace potd::test {

// Bridges are Linux's so far.
std::shared_ptr<void> crash_network() {
    return nullptr;
}

void crash_network_flush() {}

std::vector<std::string> crash_network_objects() {
    return {};
}

}  // namespace potd::test
