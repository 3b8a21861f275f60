#pragma once

#include "client/json/value.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace potd::client {

/// Which entries of an audit log that grows are to be printed: each once, in the order in which they end, or
/// after some rounds as one that is under way. An entry gets its outcome when later ones have come, so a
/// round begins where the oldest of those is that have none yet.
class AuditFollow {
  public:
    static constexpr int most_rounds = 10;

    /// `after`: the number of the last entry that is of no interest. `outcome`: only what ended so; empty:
    /// all.
    AuditFollow(std::int64_t after, std::string outcome) : after_(after), outcome_(std::move(outcome)) {}

    /// Behind which entry the next round begins.
    [[nodiscard]] std::int64_t after() const { return after_; }
    /// Of all that the log has behind that, in its order.
    [[nodiscard]] std::vector<Value> take(const Value::Array& entries);

  private:
    std::int64_t after_;
    std::string outcome_;
    std::set<std::int64_t> done_;            ///< of those behind after_
    std::map<std::int64_t, int> under_way_;  ///< in how many rounds
};

}  // namespace potd::client
