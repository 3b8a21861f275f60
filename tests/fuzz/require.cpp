#include "tests/fuzz/target.hpp"

#include <cstdio>
#include <cstdlib>

namespace potd::fuzz {

void require(bool holds, const char* what) {
    if (holds) return;
    (void)std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

}  // namespace potd::fuzz
