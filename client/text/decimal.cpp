#include "client/text/decimal.hpp"

#include <charconv>
#include <locale>
#include <sstream>

namespace potd::client {

/// libc++ has from_chars for whole numbers only before 20; its streams read hexadecimal ones, too.
std::optional<double> decimal(const std::string& text) {
    if (text.find_first_not_of("+-.0123456789eE") != std::string::npos) return std::nullopt;
    std::istringstream stream(text);
    stream.imbue(std::locale::classic());
    double value = 0;
    const bool whole = (stream >> std::noskipws >> value) && stream.eof();
    return whole ? std::optional(value) : std::nullopt;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value{};
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return {};
    return value;
}

}  // namespace potd::client
