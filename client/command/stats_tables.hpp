#pragma once

#include "client/base/result.hpp"
#include "client/json/value.hpp"
#include "client/output/table.hpp"

#include <string_view>

namespace potd::client {

/// What pots use, one line each.
[[nodiscard]] Table table_of_stats(const Value::Array& items);

inline constexpr std::string_view stats_orders = "name|cpu|memory|pids|io|network";
/// By one of stats_orders: names from a to z, of figures the largest first.
void sort_stats(Value::Array& items, std::string_view order);

/// What one pot has used, one line for each look at it, the oldest first. What counts up is shown a second.
[[nodiscard]] Table table_of_past_stats(const Value::Array& items);

}  // namespace potd::client
