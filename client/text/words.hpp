#pragma once

#include "client/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::client {

/// Splits a command line into words by the quoting rules of sh, without expanding anything:
/// blanks separate; 'x' is literal; "x" keeps blanks, with \" \\ \$ \` as escapes; a backslash
/// outside quotes takes the next character as it is. An unclosed quote or a trailing backslash is
/// a usage failure, so is a character that only a shell could carry out (| & ; < > ( ) unquoted,
/// $ and ` outside single quotes).
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view line);

/// One word that sh reads back as `text`.
[[nodiscard]] std::string quote_word(std::string_view text);

/// The words as one line that split_words reads back.
[[nodiscard]] std::string join_words(const std::vector<std::string>& words);

}  // namespace potd::client
