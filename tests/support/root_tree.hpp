#pragma once

#include "tests/support/program.hpp"

#include <filesystem>

namespace potd::test {

/// Fills `root` with a small root file system: the usual empty directories, passwd and group with
/// root, daemon (1) and nobody (65534), and the given host programs with the libraries they need, at
/// the places they have here. `/bin`, `/sbin`, `/lib…` are links into /usr as on the host.
/// Throws on failure.
void make_root_tree(const std::filesystem::path& root, const Argv& programs);

/// Copies one more program (absolute host path) with its libraries.
void copy_program(const std::filesystem::path& root, const std::filesystem::path& program);

}  // namespace potd::test
