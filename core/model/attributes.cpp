#include "core/model/attributes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>

namespace potd::core {
namespace {

/// Kept with the spec; the platform says what they mean, and refuses them where they mean nothing.
constexpr std::array<std::string_view, 16> jail_attributes{
    "enforce_statfs", "mount",   "fdescfs", "linprocfs", "nullfs",   "procfs", "tmpfs",         "zfs",
    "raw_sockets",    "sysvshm", "sysvsem", "sysvmsg",   "children", "mlock",  "devfs_ruleset", "linux"};
constexpr std::array<std::string_view, 3> later_attributes{"localhost-tunnel", "no-tmpfs", "to-be-pruned"};

std::optional<bool> truth(std::string_view text) {
    std::string word(text);
    std::transform(word.begin(), word.end(), word.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
    if (word == "false" || word == "no" || word == "off" || word == "0") return false;
    return std::nullopt;
}

template <class List>
bool is_one_of(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

std::string attribute_field(std::string_view name) {
    return "attributes." + std::string(name);
}

Error refused_attribute(ErrorKind kind, std::string_view name, std::string_view why) {
    Error refused = error(kind, attribute_field(name) + ": " + std::string(why));
    refused.field = attribute_field(name);
    return refused;
}

Status apply_truth(std::string_view name, bool value, PotSpec& spec) {
    if (name == "persistent") {
        spec.persistent = value;
    } else if (name == "prunable") {
        spec.prunable = value;
    } else if (name == "start-at-boot") {
        spec.boot.start = value;
    } else if (name == "early-start-at-boot") {
        spec.boot.early = value;
    } else if (name == no_etc_hosts) {
        if (value)
            spec.attributes.insert_or_assign(std::string(name), "true");
        else
            spec.attributes.erase(std::string(name));
    } else if (is_one_of(later_attributes, name)) {
        if (value)
            return refused_attribute(ErrorKind::Unsupported, name, "this version of potd has it not yet");
    } else if (name != "no-rc-script") {
        return refused_attribute(ErrorKind::InvalidArgument, name, "there is no such attribute");
    }
    return {};
}

/// Whole seconds, as pot has them.
Status apply_stop_timeout(std::string_view text, PotSpec& spec) {
    constexpr std::int64_t second = 1000, longest = 86'400;
    std::int64_t seconds = -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failure != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > longest)
        return invalid_field("attributes.stop_timeout", text, "whole seconds up to 86400");
    spec.stop.timeout = milliseconds{seconds * second};
    return {};
}

}  // namespace

bool knows_no_neighbours(const PotSpec& spec) {
    return spec.attributes.contains(std::string(no_etc_hosts));
}

Status apply_attribute(std::string_view name, std::string_view value, PotSpec& spec) {
    if (is_one_of(jail_attributes, name) || name.starts_with("jail.")) {
        spec.attributes.insert_or_assign(std::string(name), std::string(value));
        return {};
    }
    if (name == "stop_timeout") return apply_stop_timeout(value, spec);
    if (name == "exec_stop") {
        spec.stop.command.clear();
        if (!value.empty()) spec.stop.command = {"/bin/sh", "-c", std::string(value)};
        return {};
    }
    const auto wanted = truth(value);
    if (!wanted) return invalid_field(attribute_field(name), value, "true or false, YES or NO");
    return apply_truth(name, *wanted, spec);
}

}  // namespace potd::core
