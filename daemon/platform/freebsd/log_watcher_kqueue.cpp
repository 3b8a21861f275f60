#include "daemon/platform/freebsd/log_watcher_kqueue.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/event.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr unsigned changes = NOTE_WRITE | NOTE_EXTEND | NOTE_DELETE | NOTE_RENAME;

}  // namespace

KqueueLogWatcher::~KqueueLogWatcher() {
    if (listening_) reactor_.forget(queue_.get());
}

core::Status KqueueLogWatcher::open() {
    if (queue_) return {};
    queue_.reset(::kqueue());
    if (!queue_ || ::fcntl(queue_.get(), F_SETFD, FD_CLOEXEC) != 0) return core::os_error(errno, "kqueue");
    return {};
}

core::Status KqueueLogWatcher::watch(int fd, Ticket ticket) const {
    struct kevent change {};
    // The ticket is a number, not an address: one that was cancelled is simply not found any more.
    void* const tag = reinterpret_cast<void*>(static_cast<std::uintptr_t>(ticket));  // NOLINT
    EV_SET(&change, static_cast<std::uintptr_t>(fd), EVFILT_VNODE, EV_ADD | EV_ONESHOT, changes, 0, tag);
    if (::kevent(queue_.get(), &change, 1, nullptr, 0, nullptr) == 0) return {};
    return core::os_error(errno, "watch a log");
}

/// After the directory: a file that comes or goes meanwhile is told by it.
core::Status KqueueLogWatcher::watch_files(Waiter& waiter, Ticket ticket) const {
    const int directory = waiter.watched.front().get();
    auto names = names_in(directory);
    if (!names) return std::move(names).error();
    for (const std::string& name : *names) {
        UniqueFd file(::openat(directory, name.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
        if (!file && errno == EMFILE) return core::os_error(errno, "watch " + name);
        if (!file) continue;
        if (auto watched = watch(file.get(), ticket); !watched) return watched;
        waiter.watched.push_back(std::move(file));
    }
    return {};
}

core::Result<LogWatcher::Ticket> KqueueLogWatcher::wait(const std::string& directory,
                                                        std::function<void()> changed) {
    if (auto opened = open(); !opened) return std::move(opened).error();
    auto folder = open_directory(directory);
    if (!folder) return std::move(folder).error();
    const Ticket ticket = ++last_ticket_;
    Waiter waiter;
    waiter.changed = std::move(changed);
    waiter.watched.push_back(*std::move(folder));
    auto watched = watch(waiter.watched.front().get(), ticket);
    if (watched) watched = watch_files(waiter, ticket);
    if (!watched) return std::move(watched).in(directory).error();
    waiters_[ticket] = std::move(waiter);
    listen();
    return ticket;
}

void KqueueLogWatcher::cancel(Ticket ticket) {
    waiters_.erase(ticket);
}

void KqueueLogWatcher::listen() {
    if (listening_) return;
    listening_ = true;
    reactor_.wait(queue_.get(), core::Reactor::Interest::Read, [this] {
        listening_ = false;
        drain();
        if (!waiters_.empty()) listen();
    });
}

void KqueueLogWatcher::drain() {
    std::array<struct kevent, 64> events{};
    const timespec at_once{};
    while (true) {
        const int got =
            ::kevent(queue_.get(), nullptr, 0, events.data(), static_cast<int>(events.size()), &at_once);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return;
        for (int i = 0; i < got; ++i) {
            const auto tag =
                reinterpret_cast<std::uintptr_t>(events.at(static_cast<std::size_t>(i)).udata);  // NOLINT
            auto waiter = waiters_.extract(static_cast<Ticket>(tag));  // an earlier one may have cancelled it
            if (waiter) waiter.mapped().changed();
        }
    }
}

}  // namespace potd::platform
