#include "daemon/config/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace potd::config {
namespace {

/// Letters to insert, remove or replace to turn one word into the other (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates) {
    // Longer input is no typing error of ours, and the distance costs its length squared.
    constexpr std::size_t longest = 64;
    if (word.size() > longest || candidates.empty()) return {};
    const auto nearest = std::min_element(candidates.begin(), candidates.end(),
                                          [word](std::string_view left, std::string_view right) {
                                              return distance(word, left) < distance(word, right);
                                          });
    if (distance(word, *nearest) > std::max<std::size_t>(1, nearest->size() / 3)) return {};
    return "; did you mean \"" + std::string(*nearest) + "\"?";
}

}  // namespace potd::config
