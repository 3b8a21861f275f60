#include "api/route/version_tag.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <vector>

namespace potd::api {
namespace {

core::Error stale(std::string message) {
    core::Error error = core::error(core::ErrorKind::Conflict, std::move(message));
    error.field = "If-Match";
    return error;
}

/// What is between the quotes of each tag ("4", W/"4"); nothing if it is no list of tags.
std::optional<std::vector<std::string_view>> tags_of(std::string_view list) {
    std::vector<std::string_view> tags;
    for (;;) {
        list.remove_prefix(std::min(list.size(), list.find_first_not_of(" \t,")));
        if (list.empty()) return tags;
        if (list.starts_with("W/")) list.remove_prefix(2);
        const std::size_t end = list.find('"', 1);
        if (!list.starts_with('"') || end == std::string_view::npos) return std::nullopt;
        tags.push_back(list.substr(1, end - 1));
        list.remove_prefix(end + 1);
        const std::size_t next = list.find_first_not_of(" \t");
        if (next != std::string_view::npos && list[next] != ',') return std::nullopt;
    }
}

std::optional<std::uint64_t> version_of(std::string_view tag) {
    std::uint64_t version = 0;
    const auto parsed = std::from_chars(tag.data(), tag.data() + tag.size(), version);
    if (parsed.ec != std::errc{} || tag != std::to_string(version)) return std::nullopt;
    return version;
}

}  // namespace

core::Result<std::optional<std::uint64_t>> wanted_version(const Request& request, std::string_view what,
                                                          std::uint64_t present) {
    const auto header = request.list("If-Match");
    if (!header || *header == "*") return std::optional<std::uint64_t>{};
    const auto tags = tags_of(*header).value_or(std::vector<std::string_view>());
    if (std::find(tags.begin(), tags.end(), std::to_string(present)) != tags.end())
        return std::optional<std::uint64_t>{present};
    if (tags.size() == 1) {
        // It may be that version when it is looked at again.
        if (const auto version = version_of(tags.front())) return version;
    }
    return stale("If-Match: " + std::string(what) + " has version " + std::to_string(present) +
                 ", which has none of these tags");
}

core::Status check_version(const Request& request, std::string_view what, std::uint64_t present) {
    const auto wanted = wanted_version(request, what, present);
    if (!wanted) return wanted.error();
    if (!*wanted || **wanted == present) return {};
    return stale(std::string(what) + " has version " + std::to_string(present) + ", not " +
                 std::to_string(**wanted));
}

std::string version_line(std::uint64_t version) {
    return "ETag: \"" + std::to_string(version) + "\"\r\n";
}

}  // namespace potd::api
