#pragma once

namespace potd::test {

/// How many of so many random histories are played: a tenth where a sanitizer makes each ten times as long.
constexpr unsigned long histories(unsigned long many) {
#ifdef POTD_SANITIZED
    return many / 10;
#else
    return many;
#endif
}

}  // namespace potd::test
