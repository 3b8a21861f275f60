#pragma once

#include "tests/support/program.hpp"

#include <string>
#include <vector>

namespace potd::test {

/// What a program prints, without the last line's end. Throws std::runtime_error where it fails.
[[nodiscard]] std::string output_of_program(const Argv& words);

/// On FreeBSD: a cable between the host and a jail that is the outside: 10.99.0.1 and fd99::1 here, .9 there.
/// Needs root and VIMAGE. Throws std::runtime_error where something cannot be made.
class JailCable {
  public:
    JailCable();
    ~JailCable();
    JailCable(const JailCable&) = delete;
    JailCable& operator=(const JailCable&) = delete;

    /// Why there can be none here; empty if there can.
    [[nodiscard]] static std::string lacks();

    /// The host's end.
    [[nodiscard]] const std::string& near() const { return near_; }
    /// What somebody who connects from outside is sent; empty if there is nobody.
    [[nodiscard]] std::string read(const std::string& address, int port = 8080) const;
    /// A program on the outside.
    [[nodiscard]] Outcome outside(const Argv& words) const;

  private:
    std::string jail_, near_;
};

}  // namespace potd::test
