#pragma once

#include "core/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// Splits a line into words by the quoting rules of sh, without expanding anything: blanks separate; 'x' is
/// literal; "x" keeps blanks, with \" \\ \$ \` as escapes; a backslash outside quotes takes the next
/// character as it is. InvalidArgument for an unclosed quote, a trailing backslash, and a character that only
/// a shell could carry out (| & ; < > ( ) unquoted, $ and ` outside single quotes).
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view line);

}  // namespace potd::core
