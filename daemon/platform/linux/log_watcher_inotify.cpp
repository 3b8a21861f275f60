#include "daemon/platform/linux/log_watcher_inotify.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <sys/inotify.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::uint32_t changes = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_ONESHOT;

}  // namespace

InotifyLogWatcher::~InotifyLogWatcher() {
    if (listening_) reactor_.forget(fd_.get());
}

core::Status InotifyLogWatcher::open() {
    if (fd_) return {};
    fd_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    return fd_ ? core::Status{} : core::Status(core::os_error(errno, "inotify"));
}

core::Result<LogWatcher::Ticket> InotifyLogWatcher::wait(const std::string& directory,
                                                         std::function<void()> changed) {
    if (auto opened = open(); !opened) return std::move(opened).error();
    const int watch = ::inotify_add_watch(fd_.get(), directory.c_str(), changes);
    if (watch < 0 && errno == ENOSPC) {
        return core::error(core::ErrorKind::ResourceExhausted,
                           "no more directories can be watched: raise fs.inotify.max_user_watches");
    }
    if (watch < 0) return core::os_error(errno, "watch " + directory);
    waiters_[++last_ticket_] = {watch, std::move(changed)};
    listen();
    return last_ticket_;
}

void InotifyLogWatcher::cancel(Ticket ticket) {
    const auto waiter = waiters_.find(ticket);
    if (waiter == waiters_.end()) return;
    const int watch = waiter->second.watch;
    waiters_.erase(waiter);
    if (is_watched(watch)) return;
    // It may have fired and be gone already, with its event still unread.
    static_cast<void>(::inotify_rm_watch(fd_.get(), watch));
}

bool InotifyLogWatcher::is_watched(int watch) const {
    return std::any_of(waiters_.begin(), waiters_.end(),
                       [watch](const auto& waiter) { return waiter.second.watch == watch; });
}

void InotifyLogWatcher::listen() {
    if (listening_) return;
    listening_ = true;
    reactor_.wait(fd_.get(), core::Reactor::Interest::Read, [this] {
        listening_ = false;
        drain();
        if (!waiters_.empty()) listen();
    });
}

void InotifyLogWatcher::drain() {
    std::array<char, 4096> events{};
    while (true) {
        const ssize_t got = ::read(fd_.get(), events.data(), events.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return;  // EAGAIN: all read
        for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
            inotify_event event{};
            std::memcpy(&event, &events[at], sizeof event);
            at += sizeof event + event.len;
            if ((event.mask & IN_Q_OVERFLOW) != 0) fire_all();
            fire(event.wd);
        }
    }
}

void InotifyLogWatcher::fire_all() {
    std::vector<int> watches;
    for (const auto& [ticket, waiter] : waiters_) watches.push_back(waiter.watch);
    for (const int watch : watches) fire(watch);
}

void InotifyLogWatcher::fire(int watch) {
    std::vector<Ticket> tickets;
    for (const auto& [ticket, waiter] : waiters_) {
        if (waiter.watch == watch) tickets.push_back(ticket);
    }
    for (const Ticket ticket : tickets) {
        auto waiter = waiters_.extract(ticket);  // an earlier one may have cancelled it
        if (waiter) waiter.mapped().changed();
    }
}

}  // namespace potd::platform
