#include "tests/support/binaries.hpp"

#include <cstdio>
#include <cstdlib>

#include <unistd.h>

namespace potd::test {

std::string binary_directory() {
    const char* chosen = std::getenv("POTD_BIN_DIR");  // NOLINT(concurrency-mt-unsafe)
    return chosen != nullptr && *chosen != '\0' ? chosen : POTD_DEFAULT_BIN_DIR;
}

std::string binary(const std::string& name) {
    return binary_directory() + "/" + name;
}

const std::string& test_token() {
    static const std::string token = [] {
        char text[32];
        std::snprintf(text, sizeof text, "pt%x", static_cast<unsigned>(::getpid()));
        return std::string(text);
    }();
    return token;
}

}  // namespace potd::test
