#include "daemon/platform/freebsd/pure/racct_text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace potd::platform {
namespace {

using Amounts = std::map<std::string, std::int64_t, std::less<>>;

/// Digits, a binary suffix and "/subject" behind them; nothing for anything else.
std::optional<std::int64_t> amount(std::string_view text) {
    text = text.substr(0, text.find('/'));
    std::int64_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || value < 0) return std::nullopt;
    const std::string_view rest(parsed.ptr, static_cast<std::size_t>(text.data() + text.size() - parsed.ptr));
    if (rest.empty()) return value;
    const std::size_t power = std::string_view("kmgtpe").find(static_cast<char>(rest[0] | 0x20));
    if (rest.size() != 1 || power == std::string_view::npos) return std::nullopt;
    const unsigned shift = 10 * (static_cast<unsigned>(power) + 1);
    if (value > (INT64_MAX >> shift)) return std::nullopt;
    return value << shift;
}

template <class Use>
void each_part(std::string_view text, char separator, Use use) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        use(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

void add_smallest(Amounts& amounts, std::string_view resource, std::int64_t value) {
    const auto [at, added] = amounts.emplace(resource, value);
    if (!added) at->second = std::min(at->second, value);
}

}  // namespace

Amounts parse_racct(std::string_view text) {
    Amounts amounts;
    each_part(text, ',', [&](std::string_view part) {
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) return;
        if (const auto value = amount(part.substr(equals + 1)))
            amounts.emplace(part.substr(0, equals), *value);
    });
    return amounts;
}

Amounts parse_rules(std::string_view text) {
    Amounts amounts;
    each_part(text, ',', [&](std::string_view rule) {
        const std::size_t equals = rule.rfind('=');
        if (equals == std::string_view::npos) return;
        const std::string_view subject = rule.substr(0, equals);
        const std::size_t action = subject.rfind(':');
        if (action == std::string_view::npos) return;
        const std::size_t resource = subject.rfind(':', action - 1);
        const std::string_view verb = subject.substr(action + 1);
        if (resource == std::string_view::npos || (verb != "deny" && verb != "sigkill")) return;
        const auto value = amount(rule.substr(equals + 1));
        if (value) add_smallest(amounts, subject.substr(resource + 1, action - resource - 1), *value);
    });
    return amounts;
}

}  // namespace potd::platform
