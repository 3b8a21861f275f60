#include "daemon/config/config.hpp"

#include "generated/places.hpp"

namespace potd::config {

DefaultPlaces default_places() {
    return {std::string(default_config_file), std::string(default_state_directory),
            std::string(default_run_directory)};
}

}  // namespace potd::config
