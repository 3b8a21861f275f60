#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace potd::bench {

/// Order statistics of a series; all zero for an empty one.
struct Summary {
    std::size_t count = 0;
    double median = 0;
    double p90 = 0;
    double p99 = 0;
};

[[nodiscard]] Summary summarize(std::vector<double> samples);

/// Milliseconds since construction or the last `restart`.
class Stopwatch {
  public:
    [[nodiscard]] double ms() const {
        return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_).count();
    }
    void restart() { begin_ = std::chrono::steady_clock::now(); }

  private:
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace potd::bench
