#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace potd::api {

/// One flat piece of memory that bytes are read into. The request being parsed starts at its front
/// mark and stays in one place until `make_room`, which says from where to where it moved.
class ReadBuffer {
  public:
    explicit ReadBuffer(std::size_t most) : most_(most) {}

    /// Guarantees free space unless the buffer is full at its largest; then `space` is 0. Calls
    /// `moved(from, to)` if the message's first byte moves, while both places still exist.
    template <class Moved>
    void make_room(const Moved& moved);
    [[nodiscard]] char* free_begin() { return data_.get() + end_; }
    [[nodiscard]] std::size_t space() const { return capacity_ - end_; }
    void filled(std::size_t bytes) { end_ += bytes; }

    /// From the front mark on.
    [[nodiscard]] std::string_view message() const { return {data_.get() + begin_, end_ - begin_}; }
    /// Bytes the parser has not consumed.
    [[nodiscard]] std::string_view unread() const { return {data_.get() + read_, end_ - read_}; }
    void consumed(std::size_t bytes) { read_ += bytes; }
    /// Forgets the consumed bytes behind `keep` of the message: a body that was copied out.
    void drop_consumed_after(std::size_t keep);
    /// The message is handled; the next begins after what was consumed.
    void next_message() { begin_ = read_; }
    /// Throws everything away.
    void discard() { begin_ = read_ = end_ = 0; }

  private:
    static constexpr std::size_t first_capacity = 4096;
    std::size_t most_;
    std::unique_ptr<char[]> data_;  // NOLINT(modernize-avoid-c-arrays): a vector would clear it
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;  ///< of the message
    std::size_t read_ = 0;   ///< consumed so far
    std::size_t end_ = 0;    ///< filled so far
};

template <class Moved>
void ReadBuffer::make_room(const Moved& moved) {
    if (begin_ == end_) begin_ = read_ = end_ = 0;
    if (capacity_ - end_ >= first_capacity / 2) return;
    const char* from = data_.get() + begin_;
    if (begin_ > 0) {
        std::memmove(data_.get(), from, end_ - begin_);
        moved(from, data_.get());
    } else if (capacity_ < most_) {
        const std::size_t larger = capacity_ == 0 ? first_capacity : std::min(capacity_ * 2, most_);
        std::unique_ptr<char[]> data(new char[larger]);  // NOLINT(modernize-avoid-c-arrays)
        if (end_ > 0) std::memcpy(data.get(), from, end_);
        moved(from, data.get());
        data_.swap(data);
        capacity_ = larger;
    }
    end_ -= begin_;
    read_ -= begin_;
    begin_ = 0;
}

inline void ReadBuffer::drop_consumed_after(std::size_t keep) {
    const std::size_t target = begin_ + keep;
    if (read_ <= target) return;
    std::memmove(data_.get() + target, data_.get() + read_, end_ - read_);
    end_ -= read_ - target;
    read_ = target;
}

}  // namespace potd::api
