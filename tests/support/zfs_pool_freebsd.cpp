#include "tests/support/zfs_pool.hpp"

namespace potd::test {

std::string zfs_stand_in() {
    return {};  // the real one is part of the system
}

}  // namespace potd::test
