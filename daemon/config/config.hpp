#pragma once

#include "core/base/time.hpp"
#include "daemon/logging/level.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace potd::config {

// What the parts of the daemon want to know, one struct per part. The values here are the defaults.
// Sizes are bytes.

struct LogConfig {
    log::Level level = log::Level::Info;
    log::Format format = log::Format::Text;
};

struct ApiConfig {
    std::filesystem::path socket;  ///< absolute; default RUN_DIR/potd.sock
    std::string socket_group = "potd";
    std::uint32_t socket_mode = 0660;
    std::int64_t max_header = 64 << 10;
    std::int64_t max_body = 16 << 20;
    std::int64_t max_connections = 1024;
    core::milliseconds idle_timeout{60'000};
};

enum class StorageDriver { Auto, Overlay, Directory };

struct StorageConfig {
    StorageDriver driver = StorageDriver::Auto;
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

struct HistoryConfig {
    std::int64_t runs = 100;  ///< of each pot, the newest; 0: all
};

struct UserNamespaceConfig {
    /// First host id of the ranges given to pots with a user namespace. Above what systemd gives to
    /// its own containers (524288 to 1879048191, systemd's UIDS-GIDS).
    std::int64_t first_id = 1'879'048'192;
    std::int64_t pots = 4096;  ///< ranges; the last one ends at 2147483647 then
};

struct Config {
    std::string instance = "potd";  ///< in the name of all that potd owns in the kernel
    std::filesystem::path state_dir;
    std::filesystem::path run_dir;
    LogConfig log;
    ApiConfig api;
    StorageConfig storage;
    BasesConfig bases;
    DefaultsConfig defaults;
    UserNamespaceConfig user_namespace;
    HistoryConfig history;
};

/// Where things are on this platform (DESIGN section 7).
struct DefaultPlaces {
    std::filesystem::path config;
    std::filesystem::path state_dir;
    std::filesystem::path run_dir;
};
[[nodiscard]] DefaultPlaces default_places();

}  // namespace potd::config
