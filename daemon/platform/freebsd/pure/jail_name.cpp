#include "daemon/platform/freebsd/pure/jail_name.hpp"

#include <algorithm>
#include <charconv>

namespace potd::platform {
namespace {

std::string prefix_of(std::string_view instance) {
    std::string prefix = "potd_" + std::string(instance) + "_";
    // The only other character an instance's name may have.
    std::replace(prefix.begin(), prefix.end(), '.', '+');
    return prefix;
}

bool is_pot_id(std::string_view text) {
    constexpr std::size_t length = 12;
    return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

}  // namespace

std::string jail_name(std::string_view instance, const core::RunKey& key) {
    return prefix_of(instance) + key.pot.text + "_" + std::to_string(key.run);
}

std::optional<core::RunKey> run_of_jail(std::string_view instance, std::string_view name) {
    const std::string prefix = prefix_of(instance);
    if (!name.starts_with(prefix)) return std::nullopt;
    name.remove_prefix(prefix.size());
    const std::size_t split = name.find('_');
    if (split == std::string_view::npos || !is_pot_id(name.substr(0, split))) return std::nullopt;
    const std::string_view number = name.substr(split + 1);
    core::RunKey key{{std::string(name.substr(0, split))}, 0};
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), key.run);
    const bool whole = parsed.ec == std::errc{} && parsed.ptr == number.data() + number.size();
    return whole && key.run > 0 && number.front() != '0' ? std::optional(key) : std::nullopt;
}

}  // namespace potd::platform
