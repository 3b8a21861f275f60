#pragma once

#include "client/base/result.hpp"

#include <string>
#include <string_view>

namespace potd::client {

/// Where potd listens.
struct Endpoint {
    std::string socket;  ///< path of a unix socket; empty for TCP
    std::string host;
    std::string port;

    /// As users write it: the socket's path or http://host:port.
    [[nodiscard]] std::string text() const;
};

/// "/path", "unix:/path", "unix:///path", "http://host[:port]", "http://[::1]:8080".
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view url);

}  // namespace potd::client
