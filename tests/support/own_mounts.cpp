#include "tests/support/own_mounts.hpp"

#include <sched.h>
#include <sys/mount.h>

namespace potd::test {

bool have_own_mounts() {
    static const bool left =
        ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    return left;
}

}  // namespace potd::test
