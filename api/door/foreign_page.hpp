#pragma once

#include "api/http/request.hpp"
#include "core/base/result.hpp"

namespace potd::api {

/// PermissionDenied, with the header, for a browser whose page is of another site than the one it asks. Such
/// a page would ask with the rights of whoever opened it: by a socket that is forwarded to a port of his, or
/// by the certificate in his browser. A token is nothing that a browser sends by itself.
[[nodiscard]] core::Status check_page(const Request& request);

}  // namespace potd::api
