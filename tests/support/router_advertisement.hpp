#pragma once

#include <chrono>
#include <string>

namespace potd::test {

/// What a router tells by an interface of the calling thread's network: hosts there may have addresses of
/// this network (a /64), and it is their way out for so long; 0: it is none. False while it cannot be sent,
/// as right after the interface has come up.
[[nodiscard]] bool advertise(const std::string& link, const std::string& network,
                             std::chrono::seconds way_out = std::chrono::seconds(0));

}  // namespace potd::test
