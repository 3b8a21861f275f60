#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace potd::core {

/// Which of the numbers from 1 to `count` are taken. Kept as ranges, so that a reserved million costs as much
/// as one; every call takes a time that grows with the logarithm of their number.
class NumberPool {
  public:
    explicit NumberPool(std::uint64_t count) : count_(count) {}

    [[nodiscard]] bool is_taken(std::uint64_t number) const;
    /// False if it is taken already, or is none.
    bool take(std::uint64_t number);
    /// All from `first` to `last`, whether some of them are taken or not; what is beyond the end is left out.
    void take_range(std::uint64_t first, std::uint64_t last);
    void give_back(std::uint64_t number);

    [[nodiscard]] std::optional<std::uint64_t> lowest_free() const;
    [[nodiscard]] std::uint64_t free_count() const { return count_ - taken_; }

  private:
    using Ranges = std::map<std::uint64_t, std::uint64_t>;  ///< first to last, none beside another

    [[nodiscard]] Ranges::const_iterator range_of(std::uint64_t number) const;

    std::uint64_t count_;
    std::uint64_t taken_ = 0;
    Ranges ranges_;
};

}  // namespace potd::core
