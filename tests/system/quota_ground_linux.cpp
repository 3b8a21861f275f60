#include "tests/support/btrfs_image.hpp"
#include "tests/system/crash_points_fixture.hpp"

namespace potd::test {

std::string quota_ground() {
    static const BtrfsImage image;
    return image.place();
}

}  // namespace potd::test
