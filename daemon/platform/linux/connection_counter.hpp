#pragma once

#include "core/model/ip_address.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// How many connections of each address the kernel follows (/proc/net/nf_conntrack): those it opened and
/// those that lead to it, by whatever address. The text of another table than the kernel's counts nothing.
[[nodiscard]] std::map<core::IpAddress, std::int64_t> count_connections(std::string_view table);

/// The same, read anew when what was read last has a certain age: one reading serves the figures of all pots.
/// One thread at a time. The kernel's list over netlink takes a lock for each of its hundreds of thousands of
/// buckets, the one in /proc none.
class ConnectionCounter {
  public:
    /// More than are counted: reading them would hold up everything else.
    static constexpr std::int64_t most = 4096;

    explicit ConnectionCounter(std::string proc = "/proc",
                               std::chrono::milliseconds age = std::chrono::milliseconds(1000))
        : proc_(std::move(proc)), age_(age) {}

    /// Of a pot with these addresses. Unset: the kernel does not list them, or there are more than `most`.
    [[nodiscard]] std::optional<std::int64_t> of(const std::vector<core::IpAddress>& addresses);

  private:
    void read();

    std::string proc_;
    std::chrono::milliseconds age_;
    std::optional<std::chrono::steady_clock::time_point> read_at_;
    std::optional<std::map<core::IpAddress, std::int64_t>> counts_;
};

}  // namespace potd::platform
