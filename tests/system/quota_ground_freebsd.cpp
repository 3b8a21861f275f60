#include "tests/system/crash_points_fixture.hpp"

namespace potd::test {

std::string quota_ground() {
    return {};
}

}  // namespace potd::test
