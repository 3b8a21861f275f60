#include "client/terminal/poller.hpp"

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <poll.h>

namespace potd::client {

void Poller::watch(int fd, Ready readable) {
    watches_[fd].readable = std::move(readable);
}

void Poller::hold(int fd, bool held) {
    const auto found = watches_.find(fd);
    if (found != watches_.end()) found->second.held = held;
}

void Poller::watch_output(int fd, Ready writable) {
    const auto found = watches_.find(fd);
    if (found != watches_.end()) found->second.writable = std::move(writable);
}

Status Poller::run() {
    while (!stopped_) {
        if (auto done = step(); !done) return done;
    }
    return Done{};
}

Status Poller::step() {
    std::vector<pollfd> wanted;
    for (const auto& [fd, watch] : watches_) {
        const int events = (watch.held ? 0 : POLLIN) | (watch.writable ? POLLOUT : 0);
        if (events != 0) wanted.push_back({fd, static_cast<short>(events), 0});
    }
    if (::poll(wanted.data(), static_cast<nfds_t>(wanted.size()), -1) < 0) {
        if (errno == EINTR) return Done{};
        return failed("cannot wait for input: " + std::generic_category().message(errno));
    }
    for (const auto& entry : wanted) {
        if (stopped_) break;
        if (entry.revents == 0) continue;
        if (auto done = deliver(entry.fd, entry.revents); !done) return done;
    }
    return Done{};
}

Status Poller::deliver(int fd, int events) {
    // A call may forget its own or another descriptor, so each is looked up again and copied.
    const auto found = watches_.find(fd);
    if (found == watches_.end()) return Done{};
    // Writing is also how a stream tells that it takes nothing any more.
    if ((events & ~POLLIN) != 0 && found->second.writable) {
        const Ready writable = found->second.writable;
        if (auto done = writable(); !done) return done;
    }
    const auto again = watches_.find(fd);
    if (again == watches_.end() || again->second.held || (events & ~POLLOUT) == 0) return Done{};
    const Ready readable = again->second.readable;
    return readable();
}

}  // namespace potd::client
