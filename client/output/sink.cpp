#include "client/output/sink.hpp"

#include <cerrno>
#include <cstddef>
#include <system_error>

#include <poll.h>
#include <unistd.h>

namespace potd::client {

Failure output_failure(int error) {
    return failed("cannot write the output: " + std::generic_category().message(error));
}

void Sink::write(std::string_view bytes) {
    while (!bytes.empty() && error_ == 0) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            // Whoever shares the stream has made it non-blocking.
            pollfd wanted{fd_, POLLOUT, 0};
            ::poll(&wanted, 1, -1);
        } else if (errno != EINTR) {
            error_ = errno;
        }
    }
}

}  // namespace potd::client
