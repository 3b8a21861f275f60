// For a build without OpenSSL.
#include "client/http/tls.hpp"

namespace potd::client {

Result<std::unique_ptr<Tls>> Tls::open(int /*socket*/, const Endpoint& endpoint) {
    return failed("cannot speak to " + endpoint.text() + ": this build of potctl is without OpenSSL");
}

}  // namespace potd::client
