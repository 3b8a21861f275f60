#include "daemon/platform/posix/own_program.hpp"

#include <system_error>

namespace potd::platform {

std::filesystem::path own_program() {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self/exe", error);
}

}  // namespace potd::platform
