#include "daemon/loop/asio_loop.hpp"

#include "daemon/loop/queue_watch.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <poll.h>

namespace potd::loop {

namespace asio = boost::asio;
using std::chrono::steady_clock;

/// A watched descriptor. A completion that was already queued when its watch was forgotten must not
/// reach the waiter any more: it finds `alive` false.
struct Watch {
    std::unique_ptr<asio::posix::stream_descriptor> descriptor;  ///< empty where `queues` watches
    std::function<void()> readable;                              ///< whom `queues` is to tell
    std::shared_ptr<bool> alive;
};

struct AsioLoop::Parts {
    explicit Parts(unsigned worker_count) : workers(worker_count) {}

    void queue_readable(int fd);

    unsigned workers;
    // A hint of 1: one thread runs the context, so Asio may skip its inner locks where it can.
    asio::io_context context{1};
    asio::executor_work_guard<asio::io_context::executor_type> busy{context.get_executor()};
    asio::steady_timer timer{context};
    std::map<std::pair<std::int64_t, Id>, std::function<void()>> timers;  ///< by due time, then by age
    std::unordered_map<Id, std::int64_t> due_of;
    Id next_timer = 1;
    std::int64_t armed_for = -1;  ///< when `timer` will fire; -1 = not armed
    std::unordered_map<int, Watch> descriptors;
    std::optional<asio::thread_pool> pool;
    std::vector<std::unique_ptr<asio::signal_set>> signals;
    QueueWatch queues{[this](int fd) { asio::post(context, [this, fd] { queue_readable(fd); }); }};
};

namespace {

void wait_for_signal(asio::signal_set& set, const std::function<void()>& act) {
    set.async_wait([&set, act](const boost::system::error_code& error, int) {
        if (error) return;
        act();
        wait_for_signal(set, act);
    });
}

bool is_ready(int fd, core::Reactor::Interest interest) {
    const short wanted = interest == core::Reactor::Interest::Read ? POLLIN : POLLOUT;
    pollfd one{fd, wanted, 0};
    // A poll that fails says nothing: let the waiter see.
    return ::poll(&one, 1, 0) != 0;
}

}  // namespace

/// What was told may be of a descriptor that had the number before.
void AsioLoop::Parts::queue_readable(int fd) {
    const auto found = descriptors.find(fd);
    if (found == descriptors.end() || !found->second.readable) return;
    if (!is_ready(fd, core::Reactor::Interest::Read)) return queues.watch(fd);
    const auto readable = std::exchange(found->second.readable, {});
    readable();
}

AsioLoop::AsioLoop(unsigned workers) : parts_(std::make_unique<Parts>(workers)) {}

AsioLoop::~AsioLoop() {
    if (parts_->pool) {
        parts_->pool->stop();
        parts_->pool->join();
    }
    // The descriptors belong to their adapters; Asio must not close them.
    for (auto& [fd, watch] : parts_->descriptors) {
        if (watch.descriptor) watch.descriptor->release();
    }
}

void AsioLoop::run() {
    parts_->context.run();
}

void AsioLoop::stop() {
    parts_->context.stop();
}

void AsioLoop::drain() {
    do {
        if (parts_->pool) {
            parts_->pool->stop();
            parts_->pool->join();
            parts_->pool.reset();
        }
        parts_->context.restart();
        while (parts_->context.poll() != 0) {
        }
    } while (parts_->pool);
}

void AsioLoop::on_signal(int signal_number, const std::function<void()>& act) {
    parts_->signals.push_back(std::make_unique<asio::signal_set>(parts_->context, signal_number));
    wait_for_signal(*parts_->signals.back(), act);
}

asio::io_context& AsioLoop::context() {
    return parts_->context;
}

void AsioLoop::post(std::function<void()> task) {
    asio::post(parts_->context, std::move(task));
}

void AsioLoop::blocking(std::function<void()> work, std::function<void()> done) {
    if (!parts_->pool) parts_->pool.emplace(parts_->workers);
    asio::post(*parts_->pool, [this, work = std::move(work), done = std::move(done)]() mutable {
        work();
        post(std::move(done));
    });
}

void AsioLoop::wait(int fd, Interest interest, std::function<void()> ready) {
    Watch& watch = parts_->descriptors[fd];
    if (watch.readable || (!watch.descriptor && QueueWatch::is_for(fd))) {
        watch.readable = std::move(ready);
        return parts_->queues.watch(fd);
    }
    if (!watch.descriptor) {
        watch.descriptor = std::make_unique<asio::posix::stream_descriptor>(parts_->context, fd);
        watch.alive = std::make_shared<bool>(true);
    }
    const auto kind = interest == Interest::Read ? asio::posix::descriptor_base::wait_read
                                                 : asio::posix::descriptor_base::wait_write;
    auto done = [this, fd, interest, ready = std::move(ready),
                 alive = watch.alive](const auto& error) mutable {
        if (!*alive || error == asio::error::operation_aborted) return;
        // Asio keeps the readiness of a descriptor in a record that the next one inherits: what was queued
        // for one that is forgotten wakes the waiter of another.
        if (is_ready(fd, interest)) return ready();
        wait(fd, interest, std::move(ready));
    };
    watch.descriptor->async_wait(kind, std::move(done));
}

void AsioLoop::forget(int fd) {
    const auto found = parts_->descriptors.find(fd);
    if (found == parts_->descriptors.end()) return;
    if (found->second.descriptor) {
        *found->second.alive = false;
        // release() cancels the waits and leaves the descriptor open for its owner.
        found->second.descriptor->release();
    } else {
        parts_->queues.forget(fd);
    }
    parts_->descriptors.erase(found);
}

AsioLoop::Id AsioLoop::arm(core::SteadyTime due, std::function<void()> fire) {
    const Id id = parts_->next_timer++;
    parts_->timers.emplace(std::pair{due.ms, id}, std::move(fire));
    parts_->due_of.emplace(id, due.ms);
    schedule();
    return id;
}

void AsioLoop::cancel(Id id) {
    const auto found = parts_->due_of.find(id);
    if (found == parts_->due_of.end()) return;
    parts_->timers.erase({found->second, id});
    parts_->due_of.erase(found);
}

/// Keeps the one Asio timer set to the earliest due time; a cancelled timer costs at most one early wake-up.
void AsioLoop::schedule() {
    if (parts_->timers.empty()) return;
    const std::int64_t due = parts_->timers.begin()->first.first;
    if (parts_->armed_for >= 0 && parts_->armed_for <= due) return;
    parts_->armed_for = due;
    parts_->timer.expires_at(steady_clock::time_point(std::chrono::milliseconds(due)));
    parts_->timer.async_wait([this](const boost::system::error_code& error) {
        if (!error) fire_due();
    });
}

void AsioLoop::fire_due() {
    parts_->armed_for = -1;
    const std::int64_t now = steady().ms;
    while (!parts_->timers.empty() && parts_->timers.begin()->first.first <= now) {
        auto node = parts_->timers.extract(parts_->timers.begin());
        parts_->due_of.erase(node.key().second);
        node.mapped()();
    }
    schedule();
}

core::WallTime AsioLoop::wall() const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

core::SteadyTime AsioLoop::steady() const {
    const auto now = steady_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

}  // namespace potd::loop
