#include "bench/support/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace potd::bench {
namespace {

/// Linear interpolation between the two nearest ranks.
double quantile(const std::vector<double>& sorted, double part) {
    const double position = part * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, sorted.size() - 1);
    return std::lerp(sorted[below], sorted[above], position - static_cast<double>(below));
}

}  // namespace

Summary summarize(std::vector<double> samples) {
    if (samples.empty()) return {};
    std::sort(samples.begin(), samples.end());
    return {samples.size(), quantile(samples, 0.5), quantile(samples, 0.9), quantile(samples, 0.99)};
}

}  // namespace potd::bench
