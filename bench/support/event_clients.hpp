#pragma once

#include "daemon/platform/posix/unique_fd.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace potd::bench {

/// Connections to /v1/events, read by one thread, that note when an event came. Throws std::runtime_error on
/// a lost connection, on any answer but 200, and when an event is missing.
class EventClients {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// Returns when all are being served.
    EventClients(const std::string& socket_path, int count);

    /// Waits until each has got the next event, whole: when each did.
    [[nodiscard]] std::vector<Time> await_next();

  private:
    struct Client {
        platform::UniqueFd socket;
        std::string text;        ///< not yet understood
        std::uint64_t last = 0;  ///< number of the last event; 0 before the first
        std::uint64_t seen = 0;  ///< how many
    };

    void read_some(Client& client);
    static void take_events(Client& client);

    std::vector<Client> clients_;
    std::uint64_t rounds_ = 0;
};

}  // namespace potd::bench
