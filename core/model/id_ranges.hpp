#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <set>

namespace potd::core {

/// Which user and group ids of the host belong to which pot with a user namespace: a range of 65536 each,
/// for the pot's whole life, never overlapping.
class IdRanges {
  public:
    static constexpr std::uint32_t size = 65'536;  ///< ids of one range

    /// Without ids: every `take` is refused.
    IdRanges() = default;
    /// Ranges within `count` ids from `first` on, which is not 0.
    IdRanges(std::uint32_t first, std::uint32_t count) : first_(first), count_(count) {}

    /// The first id of the lowest free range. ResourceExhausted when there is none left.
    [[nodiscard]] Result<std::uint32_t> take();
    /// A range taken earlier, perhaps under other bounds. 0 is none.
    void mark(std::uint32_t first) {
        if (first != 0) taken_.insert(first);
    }
    void give_back(std::uint32_t first) { taken_.erase(first); }

  private:
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
    std::set<std::uint32_t> taken_;  ///< first ids
};

}  // namespace potd::core
