#include "daemon/config/keys.hpp"

#include "core/base/bytes.hpp"
#include "core/model/names.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace potd::config {
namespace {

bool whole_number(std::string_view text, int base, std::int64_t& number) {
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return problem == std::errc{} && end == text.data() + text.size();
}

bool take_count(std::string_view text, std::int64_t least, std::int64_t most, std::int64_t& into) {
    std::int64_t number = 0;
    if (!whole_number(text, 10, number) || number < least || number > most) return false;
    into = number;
    return true;
}

bool take_size(std::string_view text, std::int64_t least, std::int64_t most, std::int64_t& into) {
    const auto size = core::parse_bytes(text, "");
    if (!size || *size < least || *size > most) return false;
    into = *size;
    return true;
}

bool take_duration(std::string_view text, core::milliseconds least, core::milliseconds& into) {
    const auto duration = core::parse_duration(text, "");
    if (!duration || *duration < least) return false;
    into = *duration;
    return true;
}

bool take_duration(std::string_view text, core::milliseconds least, core::milliseconds most,
                   core::milliseconds& into) {
    core::milliseconds duration{0};
    if (!take_duration(text, least, duration) || duration > most) return false;
    into = duration;
    return true;
}

bool take_path(std::string_view text, std::filesystem::path& into) {
    if (!text.starts_with('/') || !core::is_text(text)) return false;
    into = std::filesystem::path(text).lexically_normal();
    // "/run/potd/" and "/run/potd" are one place.
    if (!into.has_filename() && into.has_relative_path()) into = into.parent_path();
    return true;
}

/// Separated by colons, as in $PATH.
bool take_paths(std::string_view text, std::vector<std::filesystem::path>& into) {
    std::vector<std::filesystem::path> paths;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(':'), text.size());
        if (!take_path(text.substr(0, end), paths.emplace_back())) return false;
        text.remove_prefix(end);
        if (text == ":") return false;
        if (!text.empty()) text.remove_prefix(1);
    }
    into = std::move(paths);
    return true;
}

bool take_mode(std::string_view text, std::uint32_t& into) {
    std::int64_t mode = 0;
    if (text.size() < 3 || text.size() > 4 || !whole_number(text, 8, mode) || mode < 0 || mode > 0777)
        return false;
    into = static_cast<std::uint32_t>(mode);
    return true;
}

bool take_url(std::string_view text, std::string& into) {
    const bool known =
        text.starts_with("http://") || text.starts_with("https://") || text.starts_with("file:///");
    if (!text.empty() && (!known || !core::is_text(text) || text.find(' ') != std::string_view::npos))
        return false;
    into = text;
    return true;
}

bool take_level(std::string_view text, log::Level& into) {
    const auto level = log::level_from(text);
    if (level) into = *level;
    return level.has_value();
}

bool take_format(std::string_view text, log::Format& into) {
    if (text != "text" && text != "json") return false;
    into = text == "json" ? log::Format::Json : log::Format::Text;
    return true;
}

bool take_driver(std::string_view text, StorageDriver& into) {
    if (text == "auto") into = StorageDriver::Auto;
    if (text == "overlay") into = StorageDriver::Overlay;
    if (text == "btrfs") into = StorageDriver::Btrfs;
    if (text == "zfs") into = StorageDriver::Zfs;
    if (text == "dir") into = StorageDriver::Directory;
    return text == "auto" || text == "overlay" || text == "btrfs" || text == "zfs" || text == "dir";
}

/// POOL or POOL/PATH, of the characters that zfs(8) allows but the blank.
bool take_dataset(std::string_view text, std::string& into) {
    constexpr std::size_t longest = 128;  // of 255: below it come the names of bases and pots
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_.:/").find(c) != std::string_view::npos;
    };
    const bool whole = text.find("//") == std::string_view::npos && !text.starts_with('/') &&
                       !text.starts_with('-') && !text.ends_with('/');
    if (text.size() > longest || !whole || !std::all_of(text.begin(), text.end(), allowed)) return false;
    into = text;
    return true;
}

bool take_program(std::string_view text, std::string& into) {
    const bool good = text.empty() || (text.starts_with('/') && text.find('\0') == std::string_view::npos);
    if (good) into = text;
    return good;
}

bool take_name(std::string_view text, std::size_t longest, std::string& into) {
    if (text.size() > longest || !core::check_name(text)) return false;
    into = text;
    return true;
}

bool take_switch(std::string_view text, bool& into) {
    if (text != "true" && text != "false") return false;
    into = text == "true";
    return true;
}

bool take_network(std::string_view text, core::IpAddress::Family family, int longest, core::IpNetwork& into) {
    const auto network = core::parse_ip_network(text, "");
    constexpr int shortest = 8;
    if (!network || network->first.family != family || network->prefix < shortest ||
        network->prefix > longest)
        return false;
    into = *network;
    return true;
}

bool take_ipv6_pool(std::string_view text, NetworkConfig& into) {
    core::IpNetwork network;
    const bool named = text != "auto" && text != "none";
    constexpr int of_a_bridge = 64;
    if (named && !take_network(text, core::IpAddress::Family::V6, of_a_bridge, network)) return false;
    into.ipv6_pool_is_chosen = text == "auto";
    into.ipv6_pool = named ? std::optional(network) : std::nullopt;
    return true;
}

bool take_ports(std::string_view text, NetworkConfig& into) {
    const std::size_t dash = text.find('-');
    std::int64_t first = 0, last = 0;
    constexpr std::int64_t last_port = 65'535;
    const bool good = dash != std::string_view::npos &&
                      take_count(text.substr(0, dash), 1, last_port, first) &&
                      take_count(text.substr(dash + 1), first, last_port, last);
    if (!good) return false;
    into.first_port = static_cast<int>(first);
    into.last_port = static_cast<int>(last);
    return true;
}

/// ADDRESS:PORT, an IPv6 address in brackets; or nothing.
bool take_place(std::string_view text, std::optional<ListenPlace>& into) {
    into.reset();
    if (text.empty()) return true;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return false;
    std::string_view host = text.substr(0, colon);
    const bool brackets = host.starts_with('[') && host.ends_with(']');
    if (brackets) host = host.substr(1, host.size() - 2);
    const auto address = core::parse_ip_address(host);
    std::int64_t port = 0;
    constexpr std::int64_t last_port = 65'535;
    if (!address || !take_count(text.substr(colon + 1), 1, last_port, port)) return false;
    const bool is_v6 = address->family == core::IpAddress::Family::V6;
    if (is_v6 != brackets) return false;
    into = ListenPlace{*address, static_cast<std::uint16_t>(port)};
    return true;
}

bool take_loopback(std::string_view text, std::optional<ListenPlace>& into) {
    return take_place(text, into) && (!into || core::is_loopback(into->address));
}

bool take_file(std::string_view text, std::filesystem::path& into) {
    if (text.empty()) into.clear();
    return text.empty() || take_path(text, into);
}

bool take_client_certificate(std::string_view text, TlsConfig& into) {
    into.needs_client_certificate = text == "required";
    return text == "required" || text == "optional";
}

bool take_others(std::string_view text, AccessConfig& into) {
    into.others_by_mode = text == "by-mode";
    into.others.reset();
    if (text == "by-mode" || text == "none") return true;
    auto grant = core::grant_from(text, "");
    if (!grant) return false;
    into.others = *std::move(grant);
    return true;
}

/// Words with blanks or commas between them.
bool take_policy(std::string_view text, core::HostReaches& into) {
    core::HostReaches taken;
    while (true) {
        const auto start = text.find_first_not_of(" ,");
        if (start == std::string_view::npos) break;
        text.remove_prefix(start);
        const std::string_view word = text.substr(0, text.find_first_of(" ,"));
        const auto reach = core::host_reach_from(word);
        if (!reach) return false;
        taken.set(static_cast<std::size_t>(*reach));
        text.remove_prefix(word.size());
    }
    into = taken;
    return true;
}

constexpr std::int64_t kilo = 1 << 10;
constexpr std::int64_t giga = 1 << 30;
constexpr std::int64_t last_id = std::numeric_limits<std::int32_t>::max();

using Value = std::string_view;

constexpr Key all_keys[] = {
    {"instance", "a name of letters, digits, '.', '_' and '-', at most 32 long, not all digits",
     [](Config& c, Value v) { return take_name(v, 32, c.instance); }},
    {"state_dir", "an absolute path", [](Config& c, Value v) { return take_path(v, c.state_dir); }},
    {"run_dir", "an absolute path", [](Config& c, Value v) { return take_path(v, c.run_dir); }},
    {"log.level", "trace, debug, info, warning or error",
     [](Config& c, Value v) { return take_level(v, c.log.level); }},
    {"log.format", "text or json", [](Config& c, Value v) { return take_format(v, c.log.format); }},
    {"api.socket", "an absolute path", [](Config& c, Value v) { return take_path(v, c.api.socket); }},
    {"api.socket_group", "the name of a group",
     [](Config& c, Value v) { return take_name(v, 32, c.api.socket_group); }},
    {"api.socket_mode", "an octal mode such as 0660",
     [](Config& c, Value v) { return take_mode(v, c.api.socket_mode); }},
    {"api.max_header", "a size such as 64K, from 1K to 1M",
     [](Config& c, Value v) { return take_size(v, kilo, kilo * kilo, c.api.max_header); }},
    {"api.max_body", "a size such as 16M, from 1K to 1G",
     [](Config& c, Value v) { return take_size(v, kilo, giga, c.api.max_body); }},
    {"api.max_connections", "a number from 1 to 100000",
     [](Config& c, Value v) { return take_count(v, 1, 100'000, c.api.max_connections); }},
    {"api.idle_timeout", "a duration such as 60s, at least 1s",
     [](Config& c, Value v) { return take_duration(v, core::milliseconds(1000), c.api.idle_timeout); }},
    {"api.listen", "an address and a port such as 0.0.0.0:9766 or [::]:9766, or nothing",
     [](Config& c, Value v) { return take_place(v, c.api.listen); }},
    {"api.listen_plain", "an address of loopback and a port such as 127.0.0.1:9765 or [::1]:9765, or nothing",
     [](Config& c, Value v) { return take_loopback(v, c.api.listen_plain); }},
    {"api.max_per_address", "a number from 1 to 100000",
     [](Config& c, Value v) { return take_count(v, 1, 100'000, c.api.max_per_address); }},
    {"api.tls.certificate", "an absolute path, or nothing",
     [](Config& c, Value v) { return take_file(v, c.api.tls.certificate); }},
    {"api.tls.key", "an absolute path, or nothing",
     [](Config& c, Value v) { return take_file(v, c.api.tls.key); }},
    {"api.tls.client_ca", "an absolute path, or nothing",
     [](Config& c, Value v) { return take_file(v, c.api.tls.client_ca); }},
    {"api.tls.client_certificate", "optional or required",
     [](Config& c, Value v) { return take_client_certificate(v, c.api.tls); }},
    {"access.others", "none, by-mode, or a role and perhaps labels, as in \"viewer team=web\"",
     [](Config& c, Value v) { return take_others(v, c.access); }},
    {"access.policy",
     "words of hooks, directories, datasets, capabilities, seccomp, parameters, devices, host-network, ports "
     "and "
     "private-bridges",
     [](Config& c, Value v) { return take_policy(v, c.access.policy); }},
    {"audit.reads", "true or false", [](Config& c, Value v) { return take_switch(v, c.audit.reads); }},
    {"audit.keep", "a duration such as 180d, at most 366d; 0s for no limit",
     [](Config& c, Value v) { return take_duration(v, core::milliseconds(0), c.audit.keep); }},
    {"audit.max_size", "a size such as 64M, from 64K to 1T, or 0 for no limit",
     [](Config& c, Value v) {
         return take_size(v, 0, 0, c.audit.max_size) ||
                take_size(v, 64 * kilo, kilo * giga, c.audit.max_size);
     }},
    {"audit.file", "an absolute path, or nothing",
     [](Config& c, Value v) {
         if (v.empty()) c.audit.file.clear();
         return v.empty() || take_path(v, c.audit.file);
     }},
    {"storage.driver", "auto, overlay, btrfs, zfs or dir",
     [](Config& c, Value v) { return take_driver(v, c.storage.driver); }},
    {"storage.zfs.root", "the name of a dataset such as tank/potd, at most 128 long, or empty",
     [](Config& c, Value v) { return take_dataset(v, c.storage.zfs_root); }},
    {"storage.zfs.program", "an absolute path, or empty",
     [](Config& c, Value v) { return take_program(v, c.storage.zfs_program); }},
    {"bases.mirror", "a URL (http, https or file), or empty",
     [](Config& c, Value v) { return take_url(v, c.bases.mirror); }},
    {"bases.max_size", "a size such as 64G, from 1M",
     [](Config& c, Value v) {
         return take_size(v, kilo * kilo, std::numeric_limits<std::int64_t>::max(), c.bases.max_size);
     }},
    {"defaults.stop_timeout", "a duration such as 10s",
     [](Config& c, Value v) { return take_duration(v, core::milliseconds(0), c.defaults.stop_timeout); }},
    {"defaults.pids", "a number from 0 (no limit) to 4194304",
     [](Config& c, Value v) { return take_count(v, 0, 4'194'304, c.defaults.pids); }},
    {"defaults.log.max_size", "a size such as 16M, from 4K to 1T",
     [](Config& c, Value v) { return take_size(v, 4 * kilo, kilo * giga, c.defaults.log_max_size); }},
    {"defaults.log.max_files", "a number from 1 to 100",
     [](Config& c, Value v) { return take_count(v, 1, 100, c.defaults.log_max_files); }},
    {"pots.unstarted_age", "a duration such as 60s, or 0s for no limit",
     [](Config& c, Value v) { return take_duration(v, core::milliseconds(0), c.pots.unstarted_age); }},
    {"pots.copy_max_size", "a size such as 64G, from 1M",
     [](Config& c, Value v) {
         return take_size(v, kilo * kilo, std::numeric_limits<std::int64_t>::max(), c.pots.copy_max_size);
     }},
    {"flavours.path", "absolute paths of directories with ':' between them, or empty",
     [](Config& c, Value v) { return take_paths(v, c.flavours.path); }},
    {"history.runs", "a number from 0 to 1000000",
     [](Config& c, Value v) { return take_count(v, 0, 1'000'000, c.history.runs); }},
    {"history.runs_age", "a duration such as 90d, at most 366d; 0s for no limit",
     [](Config& c, Value v) { return take_duration(v, core::milliseconds(0), c.history.runs_age); }},
    {"history.hook_output", "a size such as 1M, from 0 (no limit) to 1T",
     [](Config& c, Value v) { return take_size(v, 0, kilo * giga, c.history.hook_output); }},
    {"history.events", "a number from 0 (no limit) to 1000000000",
     [](Config& c, Value v) { return take_count(v, 0, 1'000'000'000, c.history.events); }},
    {"history.events_age", "a duration such as 90d, at most 366d; 0s for no limit",
     [](Config& c, Value v) { return take_duration(v, core::milliseconds(0), c.history.events_age); }},
    {"operations.kept", "a number from 0 to 100000",
     [](Config& c, Value v) { return take_count(v, 0, 100'000, c.operations.kept); }},
    {"operations.max_age", "a duration such as 7d",
     [](Config& c, Value v) { return take_duration(v, core::milliseconds(0), c.operations.max_age); }},
    {"operations.keys", "a number from 1 to 100000",
     [](Config& c, Value v) { return take_count(v, 1, 100'000, c.operations.keys); }},
    {"operations.key_age", "a duration such as 24h, at least 1s",
     [](Config& c, Value v) { return take_duration(v, core::milliseconds(1000), c.operations.key_age); }},
    {"network.ipv4_pool", "an IPv4 network such as 10.192.0.0/10, with a prefix length from 8 to 30",
     [](Config& c, Value v) {
         return take_network(v, core::IpAddress::Family::V4, 30, c.network.ipv4_pool);
     }},
    {"network.public_prefix", "a prefix length from 8 to 30",
     [](Config& c, Value v) { return take_count(v, 8, 30, c.network.public_prefix); }},
    {"network.ipv6_pool", "auto, none or an IPv6 network such as fd00:1::/48, with a prefix length up to 64",
     [](Config& c, Value v) { return take_ipv6_pool(v, c.network); }},
    {"network.isolate_public", "true or false",
     [](Config& c, Value v) { return take_switch(v, c.network.isolate_public); }},
    {"network.route_public", "true or false",
     [](Config& c, Value v) { return take_switch(v, c.network.route_public); }},
    {"network.forwarding", "true or false",
     [](Config& c, Value v) { return take_switch(v, c.network.forwarding); }},
    {"network.ports", "a range of ports such as 20000-29999",
     [](Config& c, Value v) { return take_ports(v, c.network); }},
    {"network.dns_pot", "the name of a pot, or nothing",
     [](Config& c, Value v) { return v.empty() || take_name(v, 63, c.network.dns_pot); }},
    {"metrics.listen", "an address of loopback and a port such as 127.0.0.1:9767 or [::1]:9767, or nothing",
     [](Config& c, Value v) { return take_loopback(v, c.metrics.listen); }},
    {"metrics.pots", "a number from 0 to 100000",
     [](Config& c, Value v) { return take_count(v, 0, 100'000, c.metrics.pots); }},
    {"pressure.dry_run", "true or false",
     [](Config& c, Value v) { return take_switch(v, c.pressure.dry_run); }},
    {"figures.interval", "a duration such as 5s, from 1s to 10m",
     [](Config& c, Value v) {
         return take_duration(v, core::milliseconds(1000), core::milliseconds(600'000), c.figures.interval);
     }},
    {"figures.kept", "a duration such as 1h, or 0s for nothing",
     [](Config& c, Value v) { return take_duration(v, core::milliseconds(0), c.figures.kept); }},
    {"figures.max_size", "a size such as 32M, from 1M to 16G",
     [](Config& c, Value v) { return take_size(v, kilo * kilo, 16 * giga, c.figures.max_size); }},
    {"user_namespace.first_id", "a number from 65536 to 2147418112",
     [](Config& c, Value v) { return take_count(v, 65'536, last_id - 65'535, c.user_namespace.first_id); }},
    {"user_namespace.pots", "a number from 1 to 32767",
     [](Config& c, Value v) { return take_count(v, 1, 32'767, c.user_namespace.pots); }},
};

}  // namespace

std::span<const Key> keys() {
    return all_keys;
}

const Key* find_key(std::string_view path) {
    const auto* const key = std::find_if(std::begin(all_keys), std::end(all_keys),
                                         [path](const Key& known) { return known.path == path; });
    return key == std::end(all_keys) ? nullptr : key;
}

core::Status apply_key(Config& config, std::string_view path, std::string_view value) {
    const Key* const key = find_key(path);
    if (key == nullptr) return core::error(core::ErrorKind::NotFound, "no key " + std::string(path));
    if (key->apply(config, value)) return {};
    return core::invalid_field(path, value, key->expected);
}

}  // namespace potd::config
