#pragma once

#include "bench/support/statistics.hpp"

#include <limits>
#include <string>
#include <vector>

namespace potd::bench {

/// One line of a result.
struct Figure {
    std::string what;
    std::string unit;      ///< "ms", "KiB", "1/s"
    double value = 0;      ///< the median where there is a series
    Summary series{};      ///< count 0: a single measurement
    double ratio = 0;      ///< to the bare cycle of the same run; 0: does not apply
    std::string target{};  ///< of DESIGN section 10, as text; empty: none
    bool met = true;
};

/// What a figure must reach. Unset bounds do not count.
struct Bound {
    double at_most = std::numeric_limits<double>::infinity();
    double at_least = 0;
    double at_most_ratio = std::numeric_limits<double>::infinity();
    double at_most_p99 = std::numeric_limits<double>::infinity();  ///< of a series
};

class Report {
  public:
    explicit Report(std::string title) : title_(std::move(title)) {}

    /// A series in `unit`; `bare` in the same unit, 0 if a ratio says nothing.
    void series(std::string what, std::string unit, const std::vector<double>& samples, double bare = 0,
                const Bound& bound = {});
    void single(std::string what, std::string unit, double value, const Bound& bound = {});

    /// A table for people, or one line per figure: what, value, unit, p90, p99, count, ratio, target, met.
    void print(bool tsv) const;

  private:
    std::string title_;
    std::vector<Figure> figures_;
};

}  // namespace potd::bench
