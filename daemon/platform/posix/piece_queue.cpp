#include "daemon/platform/posix/piece_queue.hpp"

#include <algorithm>
#include <utility>

namespace potd::platform {
namespace {

bool is_last_piece(const PieceQueue::Piece& piece) {
    return !piece || !piece->has_value();
}

std::size_t bytes_of(const PieceQueue::Piece& piece) {
    return is_last_piece(piece) ? 0 : (*piece)->size();
}

}  // namespace

bool PieceQueue::put_waiting(Piece piece) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return closed_ || has_room(); });
    if (closed_) return false;
    size_ += bytes_of(piece);
    pieces_.push_back(std::move(piece));
    tell_reader();
    return true;
}

/// With the lock held.
void PieceQueue::tell_reader() {
    if (std::exchange(asked_, true)) return;
    executor_.post([self = shared_from_this()] {
        {
            const std::lock_guard lock(self->mutex_);
            self->asked_ = false;
        }
        if (auto ready = std::exchange(self->ready_, nullptr)) self->take(std::move(ready));
    });
}

void PieceQueue::take(core::PieceSource::Ready ready) {
    std::unique_lock lock(mutex_);
    if (pieces_.empty() && !closed_) {
        ready_ = std::move(ready);
        return;
    }
    Piece piece = closed_ ? Piece(*closed_) : std::move(pieces_.front());
    if (!closed_) pieces_.pop_front();
    size_ -= std::min(size_, bytes_of(piece));
    lock.unlock();
    changed_.notify_all();
    ready(std::move(piece));
}

PieceQueue::Piece PieceQueue::take_waiting() {
    std::unique_lock lock(mutex_);
    if (taken_.empty()) {
        ask();
        changed_.wait(lock, [this] { return closed_ || !pieces_.empty(); });
        // All there is, so that the two wait for each other seldom.
        taken_.swap(pieces_);
        size_ = 0;
        ask();
    }
    if (closed_) return *closed_;
    Piece piece = std::move(taken_.front());
    taken_.pop_front();
    return piece;
}

/// With the lock held.
void PieceQueue::ask() {
    if (ended_ || size_ > most_bytes / 2 || std::exchange(asked_, true)) return;
    executor_.post([self = shared_from_this()] { self->pull(); });
}

void PieceQueue::fill_from(std::shared_ptr<core::PieceSource> source) {
    source_ = std::move(source);
}

/// Pieces that are there at once come one after the other, not one inside the other.
void PieceQueue::pull() {
    while (!pulling_ && wants_more()) {
        pulling_ = calling_ = true;
        source_->next([weak = weak_from_this()](Piece piece) {
            const auto self = weak.lock();
            if (!self) return;
            self->pulling_ = false;
            self->add(std::move(piece));
            if (!self->calling_) self->pull();
        });
        calling_ = false;
    }
}

bool PieceQueue::wants_more() {
    const std::lock_guard lock(mutex_);
    if (closed_) source_.reset();
    asked_ = source_ && !ended_ && has_room();
    return asked_;
}

void PieceQueue::add(Piece piece) {
    const std::lock_guard lock(mutex_);
    ended_ = is_last_piece(piece);
    if (closed_) return;
    size_ += bytes_of(piece);
    pieces_.push_back(std::move(piece));
    changed_.notify_all();
}

void PieceQueue::forget_reader() {
    ready_ = nullptr;
}

void PieceQueue::close(core::Error why) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    closed_ = std::move(why);
    pieces_.clear();
    size_ = 0;
    changed_.notify_all();
    tell_reader();
}

}  // namespace potd::platform
