#pragma once

#include "bench/support/wire.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace potd::bench {

/// A connection that sends one prepared request many times and only counts the
/// answers, so that the client costs as little as it can. Throws std::runtime_error on any answer
/// but 200 and on a lost connection.
class Pipeline {
  public:
    /// GET of `target` with these further header lines, `depth` requests under way at a time.
    Pipeline(const Dial& dial, const std::string& target, const std::string& headers, int depth);

    /// Sends `depth` requests and reads their answers.
    void round();
    [[nodiscard]] int depth() const { return depth_; }

  private:
    void skip_answer();
    void fill();
    [[nodiscard]] std::size_t head_size();

    std::unique_ptr<Wire> wire_;
    int depth_;
    std::string requests_;
    std::string buffer_;
    std::size_t begin_ = 0;  ///< of what is not yet consumed in buffer_
};

/// Milliseconds of each of `count` requests, one after the other, after a tenth as many to warm up.
[[nodiscard]] std::vector<double> latencies(const Dial& dial, const std::string& target, int count);

/// Requests per second of `connections` threads with one Pipeline each, over `seconds`.
[[nodiscard]] double requests_per_second(const Dial& dial, const std::string& target,
                                         const std::string& headers, int connections, int depth,
                                         double seconds);

}  // namespace potd::bench
