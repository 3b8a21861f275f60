#pragma once

#include <map>
#include <string>
#include <string_view>

namespace potd::storage {

/// An event's details as one text: a line per entry, key TAB value; backslash, tab, newline and NUL in
/// either as "\\", "\t", "\n", "\0". Any bytes survive the way there and back.
[[nodiscard]] std::string encode_details(const std::map<std::string, std::string>& details);

/// The inverse. A line without a tab, which encode never writes, is a key with an empty value.
[[nodiscard]] std::map<std::string, std::string> decode_details(std::string_view text);

}  // namespace potd::storage
