#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace potd::api {

/// What one client may take. Times are kept to about a second.
struct Limits {
    std::size_t header = std::size_t{32} * 1024;          ///< bytes of a request head; 431 beyond
    std::uint64_t body = std::uint64_t{4} * 1024 * 1024;  ///< bytes of a request body; 413 beyond, unread
    std::size_t connections = 1024;                       ///< 503 beyond
    std::chrono::seconds idle_timeout{90};                ///< between requests
    std::chrono::seconds request_timeout{15};             ///< from the first byte of a head to its end, and
                                                          ///< between two pieces of a body; 408
    std::uint64_t body_rate = 4096;                       ///< bytes a second that a body has to come in on
                                                          ///< average, beyond request_timeout; 408
    std::chrono::seconds write_timeout{60};               ///< without the client taking any of an answer
    std::chrono::seconds shutdown_grace{5};               ///< for requests under way
    // Of those who come from elsewhere, by TLS; they are hung up on beyond.
    std::size_t per_address = 128;               ///< connections
    std::size_t handshakes = 64;                 ///< at once; the oldest gives way
    std::chrono::seconds handshake_timeout{10};  ///< for the whole of one
};

}  // namespace potd::api
