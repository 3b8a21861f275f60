#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace potd::client {

/// How many letters must be inserted, removed, replaced or swapped with their neighbour.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate nearest to what was typed, or empty if none is near enough to be meant.
[[nodiscard]] std::string_view nearest(std::string_view typed,
                                       const std::vector<std::string_view>& candidates);

/// "did you mean X?" or empty.
[[nodiscard]] std::string did_you_mean(std::string_view typed,
                                       const std::vector<std::string_view>& candidates);

}  // namespace potd::client
