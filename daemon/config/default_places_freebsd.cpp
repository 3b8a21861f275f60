#include "daemon/config/config.hpp"

namespace potd::config {

DefaultPlaces default_places() {
    return {"/usr/local/etc/potd/potd.yaml", "/var/db/potd", "/var/run/potd"};
}

}  // namespace potd::config
