#pragma once

#include "client/base/result.hpp"

#include <string>
#include <string_view>

namespace potd::client {

/// Files in PEM; each may be empty.
struct TlsFiles {
    std::string cacert;  ///< of authorities that are trusted, instead of the system's
    std::string cert;    ///< ours
    std::string key;     ///< its key; empty: it stands with it
};

/// Where potd listens.
struct Endpoint {
    std::string socket;  ///< path of a unix socket; empty for TCP
    std::string host;
    std::string port;
    bool tls = false;
    TlsFiles files = {};

    /// As users write it: the socket's path, http://host:port or https://host:port.
    [[nodiscard]] std::string text() const;
    /// What the header Host says of it.
    [[nodiscard]] std::string authority() const;
};

/// "/path", "unix:/path", "unix:///path", "http://host[:port]", "https://[::1]:8080".
[[nodiscard]] Result<Endpoint> parse_endpoint(std::string_view url);

/// Whether a token may be sent there: not where others on the way could read it, nor what is no token at all.
/// An empty one may go anywhere.
[[nodiscard]] Status check_token(const Endpoint& endpoint, std::string_view token);

}  // namespace potd::client
