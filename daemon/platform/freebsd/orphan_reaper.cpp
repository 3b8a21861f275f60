#include "daemon/platform/freebsd/orphan_reaper.hpp"

#include "daemon/platform/freebsd/reaper.hpp"

#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/event.h>
#include <sys/time.h>

namespace potd::platform {

OrphanReaper::~OrphanReaper() {
    if (queue_) reactor_.forget(queue_.get());
}

core::Status OrphanReaper::start() {
    if (auto ready = become_reaper(); !ready) return ready;
    UniqueFd queue(::kqueue());
    if (!queue || ::fcntl(queue.get(), F_SETFD, FD_CLOEXEC) != 0) return core::os_error(errno, "kqueue");
    struct kevent ended {};
    EV_SET(&ended, SIGCHLD, EVFILT_SIGNAL, EV_ADD | EV_CLEAR, 0, 0, nullptr);
    if (::kevent(queue.get(), &ended, 1, nullptr, 0, nullptr) != 0)
        return core::os_error(errno, "watch for the end of processes");
    queue_ = std::move(queue);
    listen();
    return {};
}

void OrphanReaper::listen() {
    reactor_.wait(queue_.get(), core::Reactor::Interest::Read, [this] {
        const timespec at_once{};
        struct kevent ended {};
        // Before the look: who ends after it tells anew.
        static_cast<void>(::kevent(queue_.get(), nullptr, 0, &ended, 1, &at_once));
        reap_orphans();
        listen();
    });
}

}  // namespace potd::platform
