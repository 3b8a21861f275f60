// potd.yaml, and the recipes of flavours.

#include "core/model/flavour.hpp"
#include "daemon/config/file.hpp"
#include "tests/fuzz/target.hpp"

#include <string>

namespace potd::fuzz {

void read_config(std::string_view input) {
    config::Config config;
    (void)config::read_text(std::string(input), "potd.yaml", config);
}

void read_flavour(std::string_view input) {
    (void)core::parse_flavour(input, "flavour");
}

}  // namespace potd::fuzz
