#include "core/model/name_spec.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace potd::core {
namespace {

// Resolvers read no more (MAXNS of resolver(3)), and would say nothing of it.
constexpr std::size_t most_servers = 3;
constexpr std::size_t most_domains = 32;
constexpr std::size_t most_options = 16;
constexpr std::size_t most_entries = 256;

constexpr std::array<std::pair<std::string_view, DnsMode>, 4> modes{{{"inherit", DnsMode::Inherit},
                                                                     {"pot", DnsMode::Pot},
                                                                     {"custom", DnsMode::Custom},
                                                                     {"off", DnsMode::Off}}};

std::string place(std::string_view list, std::size_t index, std::string_view member = {}) {
    return std::string(list) + "[" + std::to_string(index) + "]" + std::string(member);
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_label(std::string_view label) {
    constexpr std::size_t longest = 63;
    return !label.empty() && label.size() <= longest && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(),
                       [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
}

bool is_option(std::string_view option) {
    constexpr std::size_t longest = 64;
    return !option.empty() && option.size() <= longest &&
           std::all_of(option.begin(), option.end(), [](char c) {
               return is_letter_or_digit(c) || c == '_' || c == '-' || c == ':' || c == '.';
           });
}

std::string shown(std::string_view text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return plain ? std::string(text) : "(text)";
}

Status check_servers(const DnsSpec& dns) {
    if (dns.mode != DnsMode::Custom) {
        if (dns.servers.empty()) return {};
        return invalid_field(
            "dns.servers", to_string(dns.servers.front()),
            "none with the mode " + std::string(to_string(dns.mode)) + "; the mode custom has its own");
    }
    if (dns.servers.empty()) return invalid_field("dns.servers", "none", "at least one with the mode custom");
    if (dns.servers.size() > most_servers)
        return invalid_field("dns.servers", std::to_string(dns.servers.size()) + " servers",
                             "at most 3, as resolvers ask no more");
    for (std::size_t i = 0; i < dns.servers.size(); ++i) {
        if (is_unspecified(dns.servers[i]))
            return invalid_field(place("dns.servers", i), to_string(dns.servers[i]),
                                 "the address of a server");
    }
    return {};
}

Status check_rest(const DnsSpec& dns) {
    const bool has_rest = dns.mode == DnsMode::Custom || dns.mode == DnsMode::Pot;
    for (const auto& [field, list] : {std::pair("dns.search", &dns.search), {"dns.options", &dns.options}}) {
        if (!has_rest && !list->empty())
            return invalid_field(field, shown(list->front()),
                                 "none with the mode " + std::string(to_string(dns.mode)));
    }
    if (dns.search.size() > most_domains)
        return invalid_field("dns.search", std::to_string(dns.search.size()) + " domains", "at most 32");
    for (std::size_t i = 0; i < dns.search.size(); ++i) {
        if (Status name = check_host_name(dns.search[i], place("dns.search", i)); !name) return name;
    }
    if (dns.options.size() > most_options)
        return invalid_field("dns.options", std::to_string(dns.options.size()) + " options", "at most 16");
    for (std::size_t i = 0; i < dns.options.size(); ++i) {
        if (!is_option(dns.options[i]))
            return invalid_field(place("dns.options", i), shown(dns.options[i]),
                                 "an option of resolv.conf(5), like ndots:2");
    }
    return {};
}

}  // namespace

std::string_view to_string(DnsMode mode) noexcept {
    for (const auto& [word, each] : modes) {
        if (each == mode) return word;
    }
    return "inherit";
}

std::optional<DnsMode> dns_mode_from(std::string_view text) noexcept {
    for (const auto& [word, mode] : modes) {
        if (word == text) return mode;
    }
    return std::nullopt;
}

Status check_host_name(std::string_view name, std::string_view field) {
    constexpr std::size_t longest = 253;
    bool good = !name.empty() && name.size() <= longest;
    for (std::string_view rest = name; good;) {
        const std::size_t dot = rest.find('.');
        good = is_label(rest.substr(0, dot));
        if (dot == std::string_view::npos) break;
        rest.remove_prefix(dot + 1);
    }
    if (good) return {};
    return invalid_field(field, shown(name),
                         "a host name: parts of [A-Za-z0-9_-] joined by dots, at most 253 characters");
}

Status validate(const DnsSpec& dns) {
    if (Status servers = check_servers(dns); !servers) return servers;
    return check_rest(dns);
}

Status validate(const std::vector<HostEntry>& hosts) {
    if (hosts.size() > most_entries)
        return invalid_field("hosts", std::to_string(hosts.size()) + " entries", "at most 256");
    std::set<std::pair<std::string_view, std::string>> seen;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        if (Status name = check_host_name(hosts[i].name, place("hosts", i, ".name")); !name) return name;
        const std::string address = to_string(hosts[i].address);
        if (is_unspecified(hosts[i].address))
            return invalid_field(place("hosts", i, ".address"), address, "the address of a host");
        if (!seen.emplace(hosts[i].name, address).second)
            return invalid_field(place("hosts", i), hosts[i].name + " " + address,
                                 "an entry that is not there twice");
    }
    return {};
}

}  // namespace potd::core
