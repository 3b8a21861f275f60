#include "tests/support/own_mounts.hpp"
#include "tests/support/zfs_pool.hpp"

#include <unistd.h>

namespace potd::test {

std::string zfs_stand_in() {
    // Its datasets are bind mounts.
    return ::geteuid() == 0 && have_own_mounts() ? POTD_ZFS_STAND_IN : "";
}

}  // namespace potd::test
