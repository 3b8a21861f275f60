#include "daemon/platform/freebsd/pure/device_rule.hpp"

#include "daemon/platform/posix/text.hpp"

#include <array>
#include <charconv>

namespace potd::platform {
namespace {

using Words = std::vector<std::string_view>;

core::Error malformed(std::string_view text, std::string_view field) {
    return core::invalid_field(field, text, "a rule of devfs.rules(5), like \"path 'bpf*' unhide\"");
}

template <class Number>
bool parse(std::string_view text, int base, Number& value) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return failure == std::errc{} && end == text.data() + text.size();
}

std::string_view unquoted(std::string_view word) {
    if (word.size() >= 2 && word.front() == '\'' && word.back() == '\'')
        return word.substr(1, word.size() - 2);
    return word;
}

/// Takes one clause off the front of `words`.
bool take_clause(Words& words, DeviceRule& rule) {
    const std::string_view verb = words.front();
    const std::string_view operand = words.size() > 1 ? words[1] : std::string_view();
    std::size_t used = 2;
    bool good = false;
    if (verb == "hide" || verb == "unhide") {
        rule.action = verb == "hide" ? DeviceRule::Hide : DeviceRule::Unhide;
        used = 1;
        good = true;
    } else if (verb == "path") {
        rule.pattern = unquoted(operand);
        good = !rule.pattern.empty() && rule.pattern.size() <= max_device_pattern;
    } else if (verb == "mode") {
        good = parse(operand, 8, rule.mode) && rule.mode >= 0 && rule.mode <= 07777;
    } else if (verb == "include") {
        good = parse(operand, 10, rule.include) && rule.include != 0;
    }
    if (good) words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(used));
    return good;
}

DeviceRule shown(std::string_view pattern) {
    DeviceRule rule;
    rule.pattern = pattern;
    rule.action = DeviceRule::Unhide;
    return rule;
}

}  // namespace

core::Result<DeviceRule> parse_device_rule(std::string_view text, std::string_view field) {
    Words words = split_blanks(text);
    DeviceRule rule;
    while (!words.empty()) {
        if (!take_clause(words, rule)) return malformed(text, field);
    }
    const bool acts = rule.action != DeviceRule::None || rule.mode >= 0 || rule.include != 0;
    if (!acts) return malformed(text, field);
    return rule;
}

std::vector<DeviceRule> default_devfs_rules() {
    constexpr std::array names{"null",  "zero", "full", "random", "urandom", "crypto", "ptmx", "pts",
                               "pts/*", "fd",   "fd/*", "stdin",  "stdout",  "stderr", "ctty"};
    std::vector<DeviceRule> rules(1);
    rules.front().action = DeviceRule::Hide;
    for (const char* name : names) rules.push_back(shown(name));
    return rules;
}

std::string_view owner_of(std::string_view first_pattern) {
    return first_pattern.starts_with(owner_prefix) ? first_pattern.substr(owner_prefix.size())
                                                   : std::string_view();
}

}  // namespace potd::platform
