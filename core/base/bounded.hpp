#pragma once

#include <cstdint>
#include <limits>

// Figures from outside, which nobody promises to be small: what is more than an integer holds is the most
// (or least) it holds.

namespace potd::core {

using Figure = std::int64_t;

[[nodiscard]] constexpr Figure bounded_sum(Figure left, Figure right) noexcept {
    Figure sum = 0;
    if (!__builtin_add_overflow(left, right, &sum)) return sum;
    return right > 0 ? std::numeric_limits<Figure>::max() : std::numeric_limits<Figure>::min();
}

[[nodiscard]] constexpr Figure bounded_difference(Figure left, Figure right) noexcept {
    Figure difference = 0;
    if (!__builtin_sub_overflow(left, right, &difference)) return difference;
    return right < 0 ? std::numeric_limits<Figure>::max() : std::numeric_limits<Figure>::min();
}

[[nodiscard]] constexpr Figure bounded_product(Figure left, Figure right) noexcept {
    Figure product = 0;
    if (!__builtin_mul_overflow(left, right, &product)) return product;
    return (left < 0) == (right < 0) ? std::numeric_limits<Figure>::max()
                                     : std::numeric_limits<Figure>::min();
}

}  // namespace potd::core
