#pragma once

#include <string>

namespace potd::test {

// What this machine can do. Each answers with the reason why not, empty if it can. Asked once.

[[nodiscard]] std::string lacks_root();
/// Root, binaries built.
[[nodiscard]] std::string lacks_potd();
[[nodiscard]] std::string lacks_overlay();
/// debootstrap installed, and its package mirror answers.
[[nodiscard]] std::string lacks_debootstrap();
[[nodiscard]] std::string lacks_program(const std::string& name);

}  // namespace potd::test
