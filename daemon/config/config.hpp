#pragma once

#include "core/base/time.hpp"
#include "core/model/ip_address.hpp"
#include "core/model/ip_network.hpp"
#include "core/model/principal.hpp"
#include "core/pressure/rule.hpp"
#include "daemon/config/access_grants.hpp"
#include "daemon/logging/level.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace potd::config {

// What the parts of the daemon want to know, one struct per part. The values here are the defaults.
// Sizes are bytes.

struct LogConfig {
    log::Level level = log::Level::Info;
    log::Format format = log::Format::Text;
};

/// An address with a port.
struct ListenPlace {
    core::IpAddress address;
    std::uint16_t port = 0;
    friend bool operator==(const ListenPlace&, const ListenPlace&) = default;
};

/// Paths are absolute, or empty. The files are read when potd starts and when it is told to reload.
struct TlsConfig {
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::filesystem::path client_ca;  ///< empty: clients are not asked for certificates
    bool needs_client_certificate = false;
    friend bool operator==(const TlsConfig&, const TlsConfig&) = default;
};

struct ApiConfig {
    std::filesystem::path socket;  ///< absolute; default RUN_DIR/potd.sock
    std::string socket_group = "potd";
    std::uint32_t socket_mode = 0660;
    std::int64_t max_header = 64 << 10;
    std::int64_t max_body = 16 << 20;
    std::int64_t max_connections = 1024;
    core::milliseconds idle_timeout{60'000};
    std::optional<ListenPlace> listen;        ///< with TLS
    std::optional<ListenPlace> listen_plain;  ///< without; of loopback
    std::int64_t max_per_address = 128;       ///< connections at listen
    TlsConfig tls;
};

/// Who may what. Names are the system's, or their numbers.
struct AccessConfig {
    Grants users;
    Grants groups;
    Grants certificates;                ///< by a name in them
    std::optional<core::Grant> others;  ///< whoever else can open the socket
    bool others_by_mode = true;         ///< instead: admin if socket_mode lets everybody open it, else nobody
    core::HostReaches policy;           ///< what pots of developers may
};

enum class StorageDriver { Auto, Overlay, Btrfs, Zfs, Directory };

struct StorageConfig {
    StorageDriver driver = StorageDriver::Auto;
    std::string zfs_root;     ///< dataset; empty: the one that is mounted on the state directory
    std::string zfs_program;  ///< absolute path of zfs(8); empty: looked for
};

struct BasesConfig {
    std::string mirror;                  ///< URL for releases; empty: the platform's own
    std::int64_t max_size = 64LL << 30;  ///< a base unpacked to more is refused
};

/// What a pot gets that does not say otherwise.
struct DefaultsConfig {
    core::milliseconds stop_timeout{10'000};
    std::int64_t pids = 0;  ///< 0: no limit
    std::int64_t log_max_size = 16 << 20;
    std::int64_t log_max_files = 4;
};

struct PotsConfig {
    /// A pot with remove_on_exit that nobody starts for so long is removed; 0: it stays.
    core::milliseconds unstarted_age{60'000};
    std::int64_t copy_max_size = 64LL << 30;  ///< a copy into a pot that unpacks to more is cut off
};

struct FlavoursConfig {
    /// Where they are looked for, in this order; empty: beside the configuration, then those of the package.
    std::vector<std::filesystem::path> path;
    std::filesystem::path beside;  ///< what the former means
};

/// How much of the past is kept; 0: all.
struct HistoryConfig {
    std::int64_t runs = 100;  ///< of each pot, the newest
    core::milliseconds runs_age{0};
    std::int64_t hook_output = 1 << 20;  ///< bytes of each pot
    std::int64_t events = 1'000'000;     ///< the newest
    core::milliseconds events_age{90LL * 24 * 3'600'000};
};

/// What is remembered of requests that have ended.
struct OperationsConfig {
    std::int64_t kept = 1000;  ///< the newest without a key
    core::milliseconds max_age = std::chrono::hours(7 * 24);
    std::int64_t keys = 4096;  ///< the newest with an Idempotency-Key
    core::milliseconds key_age = std::chrono::hours(24);
};

struct UserNamespaceConfig {
    /// First host id of the ranges given to pots with a user namespace. Above what systemd gives to
    /// its own containers (524288 to 1879048191, systemd's UIDS-GIDS).
    std::int64_t first_id = 1'879'048'192;
    std::int64_t pots = 4096;  ///< ranges; the last one ends at 2147483647 then
};

struct NetworkConfig {
    /// From which bridges take the networks that nobody names.
    core::IpNetwork ipv4_pool{{core::IpAddress::Family::V4, {10, 192}}, 10};
    std::int64_t public_prefix = 16;           ///< of the public bridge, at the pool's beginning
    std::optional<core::IpNetwork> ipv6_pool;  ///< a /64 each
    bool ipv6_pool_is_chosen = true;           ///< one of the machine's own (RFC 4193)
    bool isolate_public = false;               ///< pots of the public bridge do not reach each other
    bool route_public = false;  ///< routers know that the public bridge's IPv6 network is behind this host
    bool forwarding = false;    ///< the host's is switched on where a bridge needs it
    int first_port = 20'000, last_port = 29'999;  ///< of the host, for published ports that name none
    std::string dns_pot;                          ///< asked by pots of the DNS mode pot; empty: none
};

struct MetricsConfig {
    /// Of loopback, for the metrics alone; unset: they are told at the API's socket only.
    std::optional<ListenPlace> listen;
    std::int64_t pots = 5000;  ///< so many have series of their own
};

/// Who gives way when the machine is short.
struct PressureConfig {
    bool dry_run = false;
    std::vector<core::PressureRule> rules = core::usual_pressure_rules();
};

/// What pots use, looked at again and again and remembered for a while.
struct FiguresConfig {
    core::milliseconds interval{5'000};
    core::milliseconds kept{3'600'000};  ///< 0: nothing is remembered
    std::int64_t max_size = 32 << 20;    ///< bytes of memory, of all pots
};

/// The record of who asked for what.
struct AuditConfig {
    bool reads = false;                               ///< requests that only read, too
    core::milliseconds keep{180LL * 24 * 3'600'000};  ///< 0: no limit
    std::int64_t max_size = 64 << 20;                 ///< bytes; 0: no limit
    std::filesystem::path file;                       ///< absolute, a copy as lines of JSON; empty: none
};

struct Config {
    std::string instance = "potd";  ///< in the name of all that potd owns in the kernel
    std::filesystem::path state_dir;
    std::filesystem::path run_dir;
    LogConfig log;
    ApiConfig api;
    AccessConfig access;
    AuditConfig audit;
    StorageConfig storage;
    BasesConfig bases;
    DefaultsConfig defaults;
    PotsConfig pots;
    FlavoursConfig flavours;
    UserNamespaceConfig user_namespace;
    NetworkConfig network;
    HistoryConfig history;
    OperationsConfig operations;
    MetricsConfig metrics;
    PressureConfig pressure;
    FiguresConfig figures;
};

/// Where things are on this platform (DESIGN section 7).
struct DefaultPlaces {
    std::filesystem::path config;
    std::filesystem::path state_dir;
    std::filesystem::path run_dir;
};
[[nodiscard]] DefaultPlaces default_places();

}  // namespace potd::config
