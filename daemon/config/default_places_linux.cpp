#include "daemon/config/config.hpp"

namespace potd::config {

DefaultPlaces default_places() {
    return {"/etc/potd/potd.yaml", "/var/lib/potd", "/run/potd"};
}

}  // namespace potd::config
