#pragma once

#include <string>

namespace potd::test {

/// The directory of potd, potmon and potctl: $POTD_BIN_DIR, else where this build puts them.
[[nodiscard]] std::string binary_directory();
/// "potd" -> "/…/bin/potd"; an absolute path stays as it is.
[[nodiscard]] std::string binary(const std::string& name);

/// A word that is part of the name of everything these tests make: instances, temporary directories.
/// Different in every process.
[[nodiscard]] const std::string& test_token();

}  // namespace potd::test
