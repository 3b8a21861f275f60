#include "client/command/local_path.hpp"

#include <cstdlib>

#include <unistd.h>

namespace potd::client {

std::string absolute_path(const std::string& path) {
    if (path.starts_with('/')) return path;
    char* directory = ::getcwd(nullptr, 0);
    if (directory == nullptr) return path;
    const std::string whole = std::string(directory) + '/' + path;
    ::free(directory);  // NOLINT: getcwd allocates so
    return whole;
}

}  // namespace potd::client
