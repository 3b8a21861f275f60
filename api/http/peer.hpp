#pragma once

#include "api/http/request.hpp"

namespace potd::api {

/// Who is at the other end of a connected unix socket; -1 where the system does not say.
[[nodiscard]] Peer peer_of(int socket);

}  // namespace potd::api
