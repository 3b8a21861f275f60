#include "daemon/platform/posix/log_cursor.hpp"

#include <utility>

namespace potd::platform {

FileLogCursor::FileLogCursor(core::Executor& executor, LogWatcher& watcher, std::string directory,
                             const core::LogQuery& query)
    : executor_(executor),
      watcher_(watcher),
      directory_(std::move(directory)),
      more_may_come_(query.follow),
      scan_(std::make_shared<LogScan>(directory_, query)) {}

FileLogCursor::~FileLogCursor() {
    watcher_.cancel(ticket_);
}

void FileLogCursor::next(core::Reply<std::vector<core::LogLine>> reply) {
    reply_ = std::move(reply);
    read();
}

void FileLogCursor::finish() {
    more_may_come_ = false;
    watcher_.cancel(std::exchange(ticket_, 0));
    if (std::exchange(waiting_, false)) read();
}

void FileLogCursor::read() {
    auto outcome = std::make_shared<Outcome>();
    const bool last = !more_may_come_;
    auto work = [scan = scan_, outcome, last] { *outcome = scan->read(last); };
    auto done = [this, alive = std::weak_ptr(alive_), outcome, last] {
        if (!alive.expired()) took(std::move(**outcome), last);
    };
    executor_.blocking(std::move(work), std::move(done));
}

void FileLogCursor::took(core::Result<LogBatch> outcome, bool last) {
    if (!outcome) return give(std::move(outcome).error());
    if (!outcome->lines.empty()) return give(std::move(outcome->lines));
    if (!outcome->end) return read();
    if (last) return give(std::vector<core::LogLine>());
    // Finished while the pool was reading: what was written before that may be unread.
    if (!more_may_come_) return read();
    wait();
}

/// Nothing is there, as far as was seen: sleeps if no change can have been missed, else looks again.
void FileLogCursor::wait() {
    if (ticket_ != 0) {
        waiting_ = true;
        return;
    }
    auto ticket = watcher_.wait(directory_, [this] { changed(); });
    if (ticket) {
        ticket_ = ticket.value();
        return read();
    }
    // Without a directory there is nobody who writes; `finish` will come.
    waiting_ = ticket.error().kind == core::ErrorKind::NotFound;
    if (!waiting_) give(std::move(ticket).error());
}

void FileLogCursor::changed() {
    ticket_ = 0;
    if (std::exchange(waiting_, false)) read();
}

void FileLogCursor::give(core::Result<std::vector<core::LogLine>> lines) {
    std::exchange(reply_, nullptr)(std::move(lines));
}

}  // namespace potd::platform
