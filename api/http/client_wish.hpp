#pragma once

#include "api/http/problem.hpp"
#include "api/http/request.hpp"

#include <optional>
#include <string>

namespace potd::api {

/// How a client wants a request to be treated.
struct ClientWish {
    std::string key;             ///< Idempotency-Key; empty: none
    std::string fingerprint;     ///< of the request, for its key; empty without one
    bool respond_async = false;  ///< Prefer: respond-async
};

/// Reads the headers; the problem (400, field "Idempotency-Key") if the key is none.
[[nodiscard]] std::optional<Problem> read_wish(const Request& request, ClientWish& wish);

}  // namespace potd::api
