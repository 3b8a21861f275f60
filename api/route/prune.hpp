#pragma once

#include "api/http/exchange.hpp"
#include "api/route/routes.hpp"

namespace potd::api {

/// POST /v1/system/prune. Each pot is destroyed as by a request of its own: one that is started meanwhile
/// stays. What cannot be removed is told; status 200 unless nothing at all was.
void answer_prune(Exchange& exchange, const Services& services);

}  // namespace potd::api
