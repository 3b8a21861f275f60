#include "daemon/loop/queue_watch.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/event.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace potd::loop {
namespace {

/// Wakes the thread to end it; no descriptor has this number.
constexpr std::uintptr_t end_of_watch = ~std::uintptr_t{0};

void change(int queue, std::uintptr_t what, short filter, unsigned short flags, unsigned notes) {
    struct kevent one {};
    EV_SET(&one, what, filter, flags, notes, 0, nullptr);
    if (::kevent(queue, &one, 1, nullptr, 0, nullptr) != 0)
        throw std::system_error(errno, std::generic_category(), "watch a descriptor");
}

/// Signals are the loop thread's.
class NoSignals {
  public:
    NoSignals() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    NoSignals(const NoSignals&) = delete;
    NoSignals& operator=(const NoSignals&) = delete;
    ~NoSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

}  // namespace

struct QueueWatch::Parts {
    explicit Parts(const std::function<void(int fd)>& readable) : queue(::kqueue()) {
        if (queue < 0) throw std::system_error(errno, std::generic_category(), "kqueue");
        ::fcntl(queue, F_SETFD, FD_CLOEXEC);
        change(queue, end_of_watch, EVFILT_USER, EV_ADD | EV_CLEAR, 0);
        const NoSignals blocked;
        thread = std::thread([this, &readable] { run(readable); });
    }
    Parts(const Parts&) = delete;
    Parts& operator=(const Parts&) = delete;
    ~Parts() {
        change(queue, end_of_watch, EVFILT_USER, 0, NOTE_TRIGGER);
        thread.join();
        ::close(queue);
    }

    void run(const std::function<void(int fd)>& readable) const {
        std::array<struct kevent, 16> events{};
        for (;;) {
            const int count =
                ::kevent(queue, nullptr, 0, events.data(), static_cast<int>(events.size()), nullptr);
            for (int i = 0; i < count; ++i) {
                const auto& event = events.at(static_cast<std::size_t>(i));
                if (event.filter == EVFILT_USER) return;
                readable(static_cast<int>(event.ident));
            }
        }
    }

    int queue;
    std::thread thread;
};

QueueWatch::QueueWatch(std::function<void(int fd)> readable) : readable_(std::move(readable)) {}

QueueWatch::~QueueWatch() = default;

/// Asks for the mode that it has already.
bool QueueWatch::is_for(int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    int non_blocking = flags >= 0 && (flags & O_NONBLOCK) != 0 ? 1 : 0;
    return flags >= 0 && ::ioctl(fd, FIONBIO, &non_blocking) != 0 && errno == ENOTTY;
}

void QueueWatch::watch(int fd) {
    if (!parts_) parts_ = std::make_unique<Parts>(readable_);
    change(parts_->queue, static_cast<std::uintptr_t>(fd), EVFILT_READ, EV_ADD | EV_ONESHOT, 0);
}

void QueueWatch::forget(int fd) {
    if (!parts_) return;
    struct kevent one {};
    EV_SET(&one, static_cast<std::uintptr_t>(fd), EVFILT_READ, EV_DELETE, 0, 0, nullptr);
    // One that has been told is not there any more.
    static_cast<void>(::kevent(parts_->queue, &one, 1, nullptr, 0, nullptr));
}

}  // namespace potd::loop
