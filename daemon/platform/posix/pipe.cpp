#include "daemon/platform/posix/pipe.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {

core::Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return core::os_error(errno, "make a pipe");
    return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

}  // namespace potd::platform
