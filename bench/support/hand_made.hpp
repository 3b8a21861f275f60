#pragma once

#include <cstdint>
#include <string>

namespace potd::bench {

/// What potd is compared with: a program in a network namespace of its own, on a bridge of its own, with the
/// rules that potd would make, all put there by hand. In the network of the thread that makes it. Throws
/// std::runtime_error where something cannot be made.
class HandMade {
  public:
    /// `host_port` of all addresses leads to `port` of the program.
    HandMade(const std::string& program, std::uint16_t port, std::uint16_t host_port);
    ~HandMade();
    HandMade(const HandMade&) = delete;
    HandMade& operator=(const HandMade&) = delete;

  private:
    int child_ = -1;
};

}  // namespace potd::bench
