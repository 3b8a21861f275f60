#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "core/port/pot_files.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace potd::platform {

/// Pieces on their way between the loop and one other thread, in either direction: a bounded queue whose
/// one end waits and whose other is called. Must be shared.
class PieceQueue : public std::enable_shared_from_this<PieceQueue> {
  public:
    using Piece = core::Result<std::optional<std::string>>;  ///< nullopt: the end

    explicit PieceQueue(core::Executor& executor) : executor_(executor) {}

    // The other thread
    /// Waits until there is room; false once the queue is closed.
    [[nodiscard]] bool put_waiting(Piece piece);
    /// Waits for the next; Cancelled once the queue is closed.
    [[nodiscard]] Piece take_waiting();

    // The loop
    /// Hands out what comes next, at once or later; one call at a time.
    void take(core::PieceSource::Ready ready);
    /// Whoever waits is not told any more.
    void forget_reader();
    /// Fills the queue from the source as fast as the other thread takes, from its first `take_waiting` on.
    /// The source is asked for nothing more once the queue is closed, and let go.
    void fill_from(std::shared_ptr<core::PieceSource> source);
    /// Whoever waits is woken, and what is in the queue dropped. Any thread.
    void close(core::Error why);

  private:
    [[nodiscard]] bool has_room() const { return size_ < most_bytes; }
    void tell_reader();
    void ask();
    void pull();
    [[nodiscard]] bool wants_more();
    void add(Piece piece);

    static constexpr std::size_t most_bytes = std::size_t{1024} * 1024;

    core::Executor& executor_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Piece> pieces_;  ///< guarded by mutex_, as are the next four
    std::size_t size_ = 0;      ///< bytes in pieces_
    std::optional<core::Error> closed_;
    bool asked_ = false;  ///< the loop has been told that there is room, or is filling
    bool ended_ = false;  ///< the last piece was put

    std::deque<Piece> taken_;  ///< of the thread that takes them

    // Of the loop
    core::PieceSource::Ready ready_;
    std::shared_ptr<core::PieceSource> source_;
    bool pulling_ = false;  ///< the source was asked and has not answered
    bool calling_ = false;  ///< inside its `next`
};

}  // namespace potd::platform
