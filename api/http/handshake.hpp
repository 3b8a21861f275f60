#pragma once

#include "api/http/problem.hpp"
#include "api/http/request.hpp"

#include <optional>

namespace potd::api {

/// Why it does not become a WebSocket (RFC 6455, section 4.2.1): 426 if it does not ask for one of version
/// 13, 400 if it asks otherwise than one has to.
[[nodiscard]] std::optional<Problem> problem_of_handshake(const Request& request, bool is_http_1_0);

}  // namespace potd::api
