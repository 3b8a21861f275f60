#include "core/model/name_files.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace potd::core {
namespace {

constexpr std::string_view blanks = " \t";

void add_line(std::string& text, std::string_view address, const std::vector<std::string>& names) {
    text += address;
    text += '\t';
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto end = names.begin() + static_cast<std::ptrdiff_t>(i);
        if (std::find(names.begin(), end, names[i]) != end) continue;
        if (i != 0) text += ' ';
        text += names[i];
    }
    text += '\n';
}

std::string_view word_after(std::string_view line, std::string_view keyword) {
    if (!line.starts_with(keyword)) return {};
    line.remove_prefix(keyword.size());
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == 0 || begin == std::string_view::npos) return {};
    line.remove_prefix(begin);
    return line.substr(0, line.find_first_of(" \t\r"));
}

/// The server that a line names, if it names one. A zone ("fe80::1%eth0") belongs to the host's interfaces.
std::optional<std::string_view> server_of(std::string_view line) {
    const std::string_view server = word_after(line, "nameserver");
    return server.empty() ? std::nullopt : std::optional(server);
}

bool is_loopback(std::string_view server) {
    const auto address = parse_ip_address(server.substr(0, server.find('%')));
    if (!address) return false;
    if (address->family == IpAddress::Family::V4) return address->bytes[0] == 127;
    IpAddress loopback;
    loopback.family = IpAddress::Family::V6;
    loopback.bytes[15] = 1;
    return *address == loopback;
}

template <class F>
void each_line(std::string_view text, F&& visit) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        visit(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::string peers_text(std::vector<NamedPot> pots) {
    std::sort(pots.begin(), pots.end(),
              [](const NamedPot& left, const NamedPot& right) { return left.name < right.name; });
    std::string text;
    for (const NamedPot& pot : pots) {
        for (const IpAddress& address : pot.addresses) add_line(text, to_string(address), {pot.name});
    }
    return text;
}

std::string entries_text(const std::vector<HostEntry>& entries) {
    std::string text;
    for (const HostEntry& entry : entries) add_line(text, to_string(entry.address), {entry.name});
    return text;
}

std::string hosts_text(const HostsContent& content) {
    std::vector<std::string> here{"localhost"};
    if (content.addresses.empty()) here.insert(here.end(), content.names.begin(), content.names.end());
    std::string text = "# Written by potd, which keeps it current.\n";
    add_line(text, "127.0.0.1", here);
    add_line(text, "::1", here);
    for (const IpAddress& address : content.addresses) add_line(text, to_string(address), content.names);
    text += entries_text(content.entries);
    for (const std::string* const bridge : content.bridges) text += *bridge;
    return text;
}

std::string resolver_text(const std::vector<IpAddress>& servers, const std::vector<std::string>& search,
                          const std::vector<std::string>& options) {
    std::string text = "# Written by potd.\n";
    const auto add_list = [&text](std::string_view keyword, const std::vector<std::string>& words) {
        if (words.empty()) return;
        text += keyword;
        for (const std::string& word : words) text += ' ' + word;
        text += '\n';
    };
    add_list("search", search);
    for (const IpAddress& server : servers) text += "nameserver " + to_string(server) + '\n';
    add_list("options", options);
    return text;
}

std::string usable_resolver(std::string_view host) {
    std::string text;
    each_line(host, [&text](std::string_view line) {
        const auto server = server_of(line);
        if (server && is_loopback(*server)) return;
        text += line;
        text += '\n';
    });
    return text;
}

bool asks_loopback_alone(std::string_view host) {
    bool any = false, others = false;
    each_line(host, [&](std::string_view line) {
        const auto server = server_of(line);
        if (!server) return;
        any = true;
        others = others || !is_loopback(*server);
    });
    return any && !others;
}

std::string domain_of(std::string_view hostname) {
    const std::size_t dot = hostname.find('.');
    return dot == std::string_view::npos ? std::string() : std::string(hostname.substr(dot + 1));
}

}  // namespace potd::core
