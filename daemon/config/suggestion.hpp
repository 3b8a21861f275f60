#pragma once

#include <span>
#include <string>
#include <string_view>

namespace potd::config {

/// `; did you mean "WORD"?` for the candidate nearest to `word` if it is near enough to be a typing
/// error, else nothing.
[[nodiscard]] std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace potd::config
