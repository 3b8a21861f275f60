#include "client/terminal/outlet.hpp"

#include <cerrno>
#include <climits>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::client {
namespace {

/// A pipe that is ready takes PIPE_BUF bytes; a file is always ready. The streams are shared with others,
/// so they cannot be made non-blocking.
std::size_t size_at_once(int fd) {
    struct stat facts {};
    const bool file = ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
    return file ? std::size_t{1} << 20U : std::size_t{PIPE_BUF};
}

bool takes_output(int fd) {
    pollfd wanted{fd, POLLOUT, 0};
    return ::poll(&wanted, 1, 0) > 0;
}

}  // namespace

Outlet::Outlet(int fd, Poller& poller, Poller::Ready drained)
    : fd_(fd), poller_(poller), drained_(std::move(drained)), at_once_(size_at_once(fd)) {}

Outlet::~Outlet() {
    if (pending()) poller_.forget(fd_);
}

void Outlet::write(std::string_view bytes) {
    if (error_ != 0 || bytes.empty()) return;
    const bool was_pending = pending();
    queue_.append(bytes);
    while (!was_pending && pending() && takes_output(fd_) && write_some()) {
    }
    if (was_pending || !pending()) return;
    poller_.watch(fd_, {});
    poller_.hold(fd_, true);
    poller_.watch_output(fd_, [this] { return on_writable(); });
}

bool Outlet::write_some() {
    const std::string_view rest = std::string_view(queue_).substr(written_, at_once_);
    const ssize_t taken = ::write(fd_, rest.data(), rest.size());
    if (taken < 0 && errno == EINTR) return true;
    if (taken < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return false;
    if (taken < 0) {
        error_ = errno;
        written_ = queue_.size();
    } else {
        written_ += static_cast<std::size_t>(taken);
    }
    if (pending()) return true;
    queue_.clear();
    written_ = 0;
    return true;
}

Status Outlet::on_writable() {
    while (pending() && takes_output(fd_) && write_some()) {
    }
    if (pending()) return Done{};
    poller_.forget(fd_);
    return drained_();
}

}  // namespace potd::client
