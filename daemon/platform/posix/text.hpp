#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace potd::platform {

// Reading the kernel's text files.

/// The parts between runs of blanks; no empty ones.
[[nodiscard]] std::vector<std::string_view> split_blanks(std::string_view text);

/// The parts between single separators, empty ones included; nothing for an empty text.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// A decimal number and nothing else around it but blanks.
[[nodiscard]] std::optional<std::int64_t> parse_number(std::string_view text);

/// The same of what is counted, so of none below 0: the difference of two of them is a number, too.
[[nodiscard]] std::optional<std::int64_t> parse_count(std::string_view text);

/// What is counted after `key` in lines of "key number"; unset if there is none.
[[nodiscard]] std::optional<std::int64_t> keyed_number(std::string_view text, std::string_view key);

}  // namespace potd::platform
