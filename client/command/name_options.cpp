#include "client/command/name_options.hpp"

#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

namespace potd::client {
namespace {

constexpr std::string_view custom_prefix = "custom:";
constexpr std::size_t largest_resolv_conf = 64 << 10;

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream in(line);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(std::move(word));
    return words;
}

struct Resolver {
    std::vector<std::string> servers, search, options;
};

Value as_dns(std::string_view mode, const Resolver& from) {
    Value dns;
    dns.set("mode", mode);
    dns.set("servers", from.servers);
    dns.set("search", from.search);
    dns.set("options", from.options);
    return dns;
}

/// False for a line that is not understood. As in resolver(5) the last of `domain` and `search` counts.
bool take_line(const std::vector<std::string>& words, Resolver& into) {
    const std::string& keyword = words.front();
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (rest.empty()) return false;
    if (keyword == "nameserver") {
        into.servers.push_back(rest.front());
        return rest.size() == 1;
    }
    if (keyword == "domain" || keyword == "search") {
        into.search = rest;
        return keyword == "search" || rest.size() == 1;
    }
    if (keyword != "options") return false;
    into.options.insert(into.options.end(), rest.begin(), rest.end());
    return true;
}

}  // namespace

Result<Value> dns_from_resolver(std::string_view text, const std::string& name) {
    Resolver found;
    std::istringstream in{std::string(text)};
    std::size_t number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        // A comment is a whole line, or what follows a blank.
        for (std::size_t i = 0; i < line.size(); ++i) {
            const bool begins = i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t';
            if (begins && (line[i] == '#' || line[i] == ';')) line.resize(i);
        }
        const auto words = words_of(line);
        if (words.empty() || take_line(words, found)) continue;
        return failed(
            name + ": line " + std::to_string(number) + ": '" + words.front() + "' is not understood",
            "nameserver ADDRESS, search DOMAIN..., domain DOMAIN and options OPTION... are");
    }
    if (found.servers.empty()) return failed(name + ": names no server", "a line 'nameserver ADDRESS'");
    return as_dns("custom", found);
}

Result<Value> dns_from_option(const std::string& text) {
    if (text == "custom")
        return usage("-d/--dns: custom names no file", "custom:FILE with a file like /etc/resolv.conf");
    if (!text.starts_with(custom_prefix)) return as_dns(text, {});
    const std::string file = text.substr(custom_prefix.size());
    std::ifstream in(file, std::ios::binary);
    std::string content(largest_resolv_conf + 1, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    if (!in.is_open() || in.bad()) return failed("-d/--dns: " + file + ": cannot be read");
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.size() > largest_resolv_conf) return failed("-d/--dns: " + file + ": is larger than 64 KiB");
    return dns_from_resolver(content, file);
}

Result<Value> host_entry(const std::string& text) {
    const std::size_t colon = text.find(':');
    if (colon == 0 || colon == std::string::npos || colon + 1 == text.size())
        return usage("-H/--host: '" + text + "' is not NAME:ADDRESS", "like db:10.0.0.2 or db:2001:db8::2");
    Value entry;
    entry.set("name", text.substr(0, colon));
    entry.set("address", text.substr(colon + 1));
    return entry;
}

}  // namespace potd::client
