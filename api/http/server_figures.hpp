#pragma once

#include <cstddef>
#include <cstdint>

namespace potd::api {

/// What a server has done and does; bytes without those of WebSockets.
struct ServerFigures {
    std::uint64_t accepted = 0, refused = 0;  ///< connections; refused because there were too many
    std::uint64_t not_greeted = 0;            ///< TLS handshakes that came to nothing
    std::uint64_t received = 0, sent = 0;     ///< bytes
    std::size_t connections = 0, web_sockets = 0;
    std::size_t waiting = 0;    ///< requests whose answer is not there yet
    std::size_t streaming = 0;  ///< answers that are being sent piece by piece
};

}  // namespace potd::api
