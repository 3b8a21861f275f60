#include "core/model/id_ranges.hpp"

#include <iterator>
#include <string>

namespace potd::core {

Result<std::uint32_t> IdRanges::take() {
    // In 64 bits: the last range may end where 32 bits do.
    const std::uint64_t end = std::uint64_t{first_} + count_;
    std::uint64_t candidate = first_;
    while (candidate + size <= end) {
        // Of the taken ranges that begin before the candidate's end only the last can reach into it.
        const auto after = taken_.upper_bound(static_cast<std::uint32_t>(candidate + size - 1));
        const std::uint64_t last_end = after == taken_.begin() ? 0 : std::uint64_t{*std::prev(after)} + size;
        if (last_end <= candidate) {
            taken_.insert(static_cast<std::uint32_t>(candidate));
            return static_cast<std::uint32_t>(candidate);
        }
        candidate = last_end;
    }
    return error(ErrorKind::ResourceExhausted, "no ids are left for another pot with a user namespace (" +
                                                   std::to_string(count_ / size) +
                                                   " pots at most; see user_namespace in the configuration)");
}

}  // namespace potd::core
