#include "core/model/number_pool.hpp"

#include <algorithm>
#include <iterator>

namespace potd::core {

NumberPool::Ranges::const_iterator NumberPool::range_of(std::uint64_t number) const {
    auto after = ranges_.upper_bound(number);
    if (after == ranges_.begin()) return ranges_.end();
    const auto range = std::prev(after);
    return number <= range->second ? range : ranges_.end();
}

bool NumberPool::is_taken(std::uint64_t number) const {
    return range_of(number) != ranges_.end();
}

bool NumberPool::take(std::uint64_t number) {
    if (number == 0 || number > count_ || is_taken(number)) return false;
    take_range(number, number);
    return true;
}

void NumberPool::take_range(std::uint64_t first, std::uint64_t last) {
    first = std::max<std::uint64_t>(first, 1);
    last = std::min(last, count_);
    if (first > last) return;
    auto range = ranges_.upper_bound(first);
    // The one before, if it reaches up to here or ends just before.
    if (range != ranges_.begin() && std::prev(range)->second >= first - 1) --range;
    while (range != ranges_.end() && (range->first <= last || range->first - 1 == last)) {
        first = std::min(first, range->first);
        last = std::max(last, range->second);
        taken_ -= range->second - range->first + 1;
        range = ranges_.erase(range);
    }
    ranges_[first] = last;
    taken_ += last - first + 1;
}

void NumberPool::give_back(std::uint64_t number) {
    const auto range = range_of(number);
    if (range == ranges_.end()) return;
    const auto [first, last] = *range;
    ranges_.erase(range);
    if (first < number) ranges_[first] = number - 1;
    if (number < last) ranges_[number + 1] = last;
    --taken_;
}

std::optional<std::uint64_t> NumberPool::lowest_free() const {
    if (free_count() == 0) return std::nullopt;
    const auto first = ranges_.begin();
    return first != ranges_.end() && first->first == 1 ? first->second + 1 : 1;
}

}  // namespace potd::core
