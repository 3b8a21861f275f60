#include "daemon/platform/freebsd/pure/release_manifest.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>
#include <utility>
#include <vector>

namespace potd::platform {
namespace {

using namespace std::string_view_literals;

bool is_sum(std::string_view text) {
    constexpr std::size_t length = 64;
    return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

/// It becomes part of a path.
bool is_file_name(std::string_view text) {
    return !text.empty() && !text.starts_with('.') && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
               c == '-' || c == '_';
    });
}

std::vector<std::string_view> columns_of(std::string_view line) {
    std::vector<std::string_view> columns;
    while (true) {
        const std::size_t tab = line.find('\t');
        columns.push_back(line.substr(0, tab));
        if (tab == std::string_view::npos) return columns;
        line.remove_prefix(tab + 1);
    }
}

/// The number in front and what follows it; the number -1 if there is none.
std::pair<int, std::string_view> leading_number(std::string_view text) {
    int value = -1;
    constexpr std::size_t most_digits = 4;
    const auto parsed = std::from_chars(text.data(), text.data() + std::min(text.size(), most_digits), value);
    if (parsed.ec != std::errc{} || value < 0) return {-1, text};
    return {value, text.substr(static_cast<std::size_t>(parsed.ptr - text.data()))};
}

struct Release {
    int major = -1, minor = -1;
    std::string_view rest;  ///< "-RELEASE" …
};

std::optional<Release> split_release(std::string_view text) {
    Release release;
    std::string_view rest;
    std::tie(release.major, rest) = leading_number(text);
    if (release.major < 0 || !rest.starts_with('.')) return std::nullopt;
    std::tie(release.minor, release.rest) = leading_number(rest.substr(1));
    return release.minor < 0 ? std::nullopt : std::optional(release);
}

/// Words that stand alone, and words with a number.
bool is_kind(std::string_view rest) {
    for (const std::string_view word : {"-RELEASE"sv, "-STABLE"sv, "-CURRENT"sv, "-PRERELEASE"sv}) {
        if (rest == word) return true;
    }
    for (const std::string_view word : {"-BETA"sv, "-ALPHA"sv, "-RC"sv}) {
        if (rest.starts_with(word) && leading_number(rest.substr(word.size())).second.empty() &&
            rest.size() > word.size())
            return true;
    }
    return false;
}

}  // namespace

std::optional<std::map<std::string, std::string, std::less<>>> parse_manifest(std::string_view text) {
    std::map<std::string, std::string, std::less<>> sums;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty()) continue;
        const auto columns = columns_of(line);
        if (columns.size() < 4 || !is_file_name(columns[0]) || !is_sum(columns[1])) return std::nullopt;
        if (!sums.emplace(columns[0], columns[1]).second) return std::nullopt;
    }
    return sums;
}

std::optional<std::string> full_release(std::string_view text) {
    const auto release = split_release(text);
    if (!release) return std::nullopt;
    if (release->rest.empty()) return std::string(text) + "-RELEASE";
    return is_kind(release->rest) ? std::optional(std::string(text)) : std::nullopt;
}

std::optional<int> release_number(std::string_view text) {
    const auto release = split_release(text);
    constexpr int per_major = 100;
    if (!release || release->minor >= per_major) return std::nullopt;
    return release->major * per_major + release->minor;
}

std::string release_folder(std::string_view mirror, std::string_view machine, std::string_view release) {
    while (mirror.ends_with('/')) mirror.remove_suffix(1);
    std::string folder(mirror);
    if (!mirror.starts_with("file:")) folder.append("/").append(machine).append("/").append(release);
    return folder;
}

bool is_release_mirror(std::string_view address) {
    constexpr std::array schemes{"http://"sv, "https://"sv, "ftp://"sv, "file:///"sv};
    const bool printable =
        std::all_of(address.begin(), address.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    return printable && std::any_of(schemes.begin(), schemes.end(), [&](std::string_view scheme) {
               return address.starts_with(scheme) && address.size() > scheme.size();
           });
}

}  // namespace potd::platform
