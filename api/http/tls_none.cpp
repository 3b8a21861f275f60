// For a build without OpenSSL.
#include "api/http/tls.hpp"

namespace potd::api {

core::Result<std::shared_ptr<const TlsContext>> TlsContext::open(const TlsOptions& /*options*/) {
    return core::error(core::ErrorKind::Unsupported, "api.listen: this build of potd is without OpenSSL");
}

}  // namespace potd::api
