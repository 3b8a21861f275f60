#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace potd::core {

/// How many of the values seen were at most each of some bounds, and their sum. Fixed in size, so that copies
/// and many of them are cheap. No thread of its own.
class Histogram {
  public:
    static constexpr std::size_t most_bounds = 15;

    /// `bounds`: ascending, at most `most_bounds`; they outlive it, so they are constants.
    explicit Histogram(std::span<const double> bounds) : bounds_(bounds) {}

    void observe(double value) {
        const auto place = std::lower_bound(bounds_.begin(), bounds_.end(), value);
        ++counts_.at(static_cast<std::size_t>(place - bounds_.begin()));
        ++count_;
        sum_ += value;
    }

    [[nodiscard]] std::span<const double> bounds() const { return bounds_; }
    /// Values above bound `index` - 1 and at most bound `index`; behind the last bound, the rest.
    [[nodiscard]] std::uint64_t in(std::size_t index) const { return counts_.at(index); }
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] double sum() const { return sum_; }

  private:
    std::span<const double> bounds_;
    std::array<std::uint64_t, most_bounds + 1> counts_{};
    std::uint64_t count_ = 0;
    double sum_ = 0;
};

}  // namespace potd::core
