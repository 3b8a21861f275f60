#include "client/text/suggestion.hpp"

#include <algorithm>

namespace potd::client {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replace = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replace});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
            }
        }
    }
    return cost[a.size()][b.size()];
}

std::string_view nearest(std::string_view typed, const std::vector<std::string_view>& candidates) {
    // A long mistyped word must not cost a table of its square.
    if (typed.empty() || typed.size() > 64) return {};
    std::size_t best = std::max<std::size_t>(1, typed.size() / 3) + 1;
    std::string_view found;
    for (const auto candidate : candidates) {
        std::size_t distance = edit_distance(typed, candidate);
        if (typed.size() >= 3 && candidate.starts_with(typed)) distance = std::min<std::size_t>(distance, 1);
        // Where every letter is another, nothing was mistyped.
        if (distance < best && distance < std::max(typed.size(), candidate.size())) {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& candidates) {
    const std::string_view found = nearest(typed, candidates);
    return found.empty() ? std::string() : "did you mean " + std::string(found) + "?";
}

}  // namespace potd::client
