// The part of bare_cycle.hpp that is the same on every system.

#include "bench/support/bare_cycle.hpp"

#include "bench/support/statistics.hpp"

namespace potd::bench {
namespace {

double mean_of_medians(double first, double second) {
    return (first + second) / 2;
}

}  // namespace

std::vector<double> BareCycle::series(int count) {
    for (int i = 0; i < count / 10; ++i) static_cast<void>(run());
    std::vector<double> samples;
    samples.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) samples.push_back(run());
    return samples;
}

BareBracket::BareBracket(const std::string& state, int count)
    : directory_("potd-bare", state),
      cycle_(directory_.path()),
      count_(count),
      before_(summarize(cycle_.series(count)).median) {}

double BareBracket::close() {
    return mean_of_medians(before_, summarize(cycle_.series(count_)).median);
}

}  // namespace potd::bench
