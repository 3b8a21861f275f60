#pragma once

#include "api/http/router.hpp"

namespace potd::api {

/// GET /docs and what its page wants: the API's document to be read in a browser.
void add_viewer_routes(Router& router);

}  // namespace potd::api
