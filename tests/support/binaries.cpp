#include "tests/support/binaries.hpp"

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <unistd.h>

namespace potd::test {

std::string binary_directory() {
    const char* chosen = std::getenv("POTD_BIN_DIR");  // NOLINT(concurrency-mt-unsafe)
    return chosen != nullptr && *chosen != '\0' ? chosen : POTD_DEFAULT_BIN_DIR;
}

std::string binary(const std::string& name) {
    return (std::filesystem::path(binary_directory()) / name).string();
}

const std::string& test_token() {
    static const std::string token = [] {
        std::ostringstream text;
        text << "pt" << std::hex << ::getpid();
        return text.str();
    }();
    return token;
}

}  // namespace potd::test
