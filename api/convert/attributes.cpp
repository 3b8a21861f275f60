#include "api/convert/attributes.hpp"

#include "api/http/request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace potd::api {
namespace {

using core::ErrorKind;

/// Kept with the spec; the platform says what they mean, and refuses them where they mean nothing.
constexpr std::array<std::string_view, 16> jail_attributes{
    "enforce_statfs", "mount",   "fdescfs", "linprocfs", "nullfs",   "procfs", "tmpfs",         "zfs",
    "raw_sockets",    "sysvshm", "sysvsem", "sysvmsg",   "children", "mlock",  "devfs_ruleset", "linux"};
constexpr std::array<std::string_view, 4> later_attributes{"localhost-tunnel", "no-tmpfs", "no-etc-hosts",
                                                           "to-be-pruned"};

std::optional<bool> truth(std::string_view text) {
    for (const std::string_view word : {"true", "yes", "on", "1"}) {
        if (equal_ignoring_case(text, word)) return true;
    }
    for (const std::string_view word : {"false", "no", "off", "0"}) {
        if (equal_ignoring_case(text, word)) return false;
    }
    return std::nullopt;
}

template <class List>
bool contains(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

core::Error refuse(ErrorKind kind, const std::string& name, std::string_view why) {
    core::Error error = core::error(kind, "attributes." + name + ": " + std::string(why));
    error.field = "attributes." + name;
    return error;
}

core::Status apply(const std::string& name, bool value, core::PotSpec& spec) {
    if (name == "persistent") {
        spec.persistent = value;
    } else if (name == "prunable") {
        spec.prunable = value;
    } else if (name == "start-at-boot") {
        spec.boot.start = value;
    } else if (name == "early-start-at-boot") {
        spec.boot.early = value;
    } else if (contains(later_attributes, name)) {
        if (value) return refuse(ErrorKind::Unsupported, name, "this version of potd has it not yet");
    } else if (name != "no-rc-script") {
        return refuse(ErrorKind::InvalidArgument, name, "there is no such attribute");
    }
    return {};
}

/// Whole seconds, as pot has them.
core::Status apply_stop_timeout(std::string_view text, core::PotSpec& spec) {
    constexpr std::int64_t second = 1000, longest = 86'400;
    std::int64_t seconds = -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failure != std::errc{} || end != text.data() + text.size() || seconds < 0 || seconds > longest)
        return core::invalid_field("attributes.stop_timeout", text, "whole seconds up to 86400");
    spec.stop.timeout = core::milliseconds{seconds * second};
    return {};
}

}  // namespace

core::Status apply_attributes(const std::map<std::string, wire::Loose>& attributes, core::PotSpec& spec) {
    for (const auto& [name, value] : attributes) {
        if (contains(jail_attributes, name) || name.starts_with("jail.")) {
            spec.attributes.insert_or_assign(name, value.text);
            continue;
        }
        if (name == "exec_stop")
            return refuse(ErrorKind::Unsupported, name, "this version of potd has it not yet");
        if (name == "stop_timeout") {
            if (auto applied = apply_stop_timeout(value.text, spec); !applied) return applied;
            continue;
        }
        const auto wanted = truth(value.text);
        if (!wanted) return core::invalid_field("attributes." + name, value.text, "true or false, YES or NO");
        if (auto applied = apply(name, *wanted, spec); !applied) return applied;
    }
    return {};
}

}  // namespace potd::api
