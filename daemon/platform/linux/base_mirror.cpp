#include "daemon/platform/linux/base_mirror.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <system_error>
#include <vector>

namespace potd::platform {
namespace {

using Words = std::vector<std::string>;

Words words_of(std::string_view line) {
    std::istringstream stream{std::string(line)};
    return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

bool has(const Words& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return text;
}

std::string text_of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string mirror_in_line(std::string_view line, std::string_view suite) {
    Words words = words_of(line.substr(0, line.find('#')));
    if (words.empty() || words.front() != "deb") return {};
    words.erase(words.begin());
    if (!words.empty() && words.front().starts_with('[')) {
        auto end =
            std::find_if(words.begin(), words.end(), [](const auto& word) { return word.ends_with(']'); });
        words.erase(words.begin(), end == words.end() ? end : std::next(end));
    }
    if (words.size() < 3 || words[1] != suite || !has(words, "main") || !is_mirror(words[0])) return {};
    return words[0];
}

using Stanza = std::map<std::string, Words>;

std::string mirror_in_stanza(Stanza& stanza, std::string_view suite) {
    const bool enabled = !has(stanza["enabled"], "no") && has(stanza["types"], "deb");
    if (!enabled || !has(stanza["suites"], suite) || !has(stanza["components"], "main")) return {};
    for (const std::string& address : stanza["uris"]) {
        if (is_mirror(address)) return address;
    }
    return {};
}

void add_line(Stanza& stanza, std::string& field, const std::string& line) {
    std::string_view value = line;
    if (line.front() != ' ' && line.front() != '\t') {
        const std::size_t colon = std::min(line.find(':'), line.size());
        field = lower(line.substr(0, colon));
        value.remove_prefix(std::min(colon + 1, line.size()));
    }
    for (auto& word : words_of(value)) stanza[field].push_back(std::move(word));
}

std::vector<std::filesystem::path> source_files(const std::filesystem::path& apt_dir) {
    std::vector<std::filesystem::path> files;
    std::error_code missing;
    for (const auto& entry : std::filesystem::directory_iterator(apt_dir / "sources.list.d", missing)) {
        files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    files.insert(files.begin(), apt_dir / "sources.list");
    return files;
}

}  // namespace

bool is_mirror(std::string_view address) {
    constexpr std::array<std::string_view, 4> schemes{"http://", "https://", "file:", "copy:"};
    const bool printable =
        std::all_of(address.begin(), address.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    return printable && std::any_of(schemes.begin(), schemes.end(), [&](std::string_view scheme) {
               return address.starts_with(scheme) && address.size() > scheme.size();
           });
}

std::string mirror_in_list(std::string_view text, std::string_view suite) {
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) {
        if (auto found = mirror_in_line(line, suite); !found.empty()) return found;
    }
    return {};
}

std::string mirror_in_deb822(std::string_view text, std::string_view suite) {
    std::istringstream lines{std::string(text) + "\n\n"};
    Stanza stanza;
    std::string field;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with('#')) continue;
        if (!words_of(line).empty()) {
            add_line(stanza, field, line);
            continue;
        }
        if (auto found = mirror_in_stanza(stanza, suite); !found.empty()) return found;
        stanza.clear();
    }
    return {};
}

std::string machine_mirror(const std::string& apt_dir, std::string_view suite) {
    for (const auto& file : source_files(apt_dir)) {
        std::string found;
        if (file.extension() == ".list") found = mirror_in_list(text_of_file(file), suite);
        if (file.extension() == ".sources") found = mirror_in_deb822(text_of_file(file), suite);
        if (!found.empty()) return found;
    }
    return {};
}

}  // namespace potd::platform
