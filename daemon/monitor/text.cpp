#include "daemon/monitor/text.hpp"

namespace potd::monitor {

std::size_t format_number(std::uint64_t value, char* out) {
    char reversed[20];
    std::size_t size = 0;
    do {
        reversed[size++] = static_cast<char>('0' + value % 10);
        value /= 10;
    } while (value != 0);
    for (std::size_t i = 0; i < size; ++i) out[i] = reversed[size - 1 - i];
    return size;
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
    if (text.empty() || text.size() > 10) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (value > 0xffffffffU) return std::nullopt;
    return static_cast<std::uint32_t>(value);
}

}  // namespace potd::monitor
