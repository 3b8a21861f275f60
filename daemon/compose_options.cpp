#include "daemon/compose_options.hpp"

#include "api/convert/spec_json.hpp"
#include "daemon/platform/posix/host_id.hpp"
#include "daemon/platform/posix/kept_room.hpp"
#include "daemon/platform/posix/places.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace potd {
namespace {

std::string driver_word(config::StorageDriver driver) {
    switch (driver) {
        case config::StorageDriver::Auto: return "auto";
        case config::StorageDriver::Overlay: return "overlay";
        case config::StorageDriver::Btrfs: return "btrfs";
        case config::StorageDriver::Zfs: return "zfs";
        case config::StorageDriver::Directory: return "dir";
    }
    return "auto";
}

/// So that a pot that has filled the disk can still be stopped and destroyed, which is recorded first. What
/// is recorded meanwhile finds its place in the log of the database as long as that has room.
void keep_room_for_records(const std::filesystem::path& database_log, log::Logger& log) {
    constexpr std::int64_t usual = 8 << 20, part_of_free = 16;
    const auto room = platform::disk_room(database_log.parent_path());
    const std::int64_t bytes = room ? std::min(usual, room->free / part_of_free) : usual;
    if (bytes <= 0) return;
    if (const core::Status kept = platform::keep_room(database_log, bytes); !kept)
        log.info("no room is kept for records on a disk that is full", {{"reason", kept.error().message}});
}

}  // namespace

platform::MachineOptions machine_options(const config::Config& config, log::Logger& log) {
    platform::MachineOptions options;
    options.instance = config.instance;
    options.state_directory = config.state_dir.string();
    options.run_directory = config.run_dir.string();
    options.monitor_program = platform::monitor_program();
    options.driver = driver_word(config.storage.driver);
    options.zfs_root = config.storage.zfs_root;
    options.zfs_program = config.storage.zfs_program;
    options.base_mirror = config.bases.mirror;
    options.base_max_size = config.bases.max_size;
    options.first_user_namespace_id = static_cast<std::uint32_t>(config.user_namespace.first_id);
    options.set_forwarding = config.network.forwarding;
    options.default_pids = static_cast<std::uint64_t>(config.defaults.pids);
    options.problem = [&log](const std::string& message) { log.warning(message); };
    return options;
}

api::Limits limits_of(const config::ApiConfig& config) {
    api::Limits limits;
    limits.header = static_cast<std::size_t>(config.max_header);
    limits.body = static_cast<std::uint64_t>(config.max_body);
    limits.connections = static_cast<std::size_t>(config.max_connections);
    limits.per_address = static_cast<std::size_t>(config.max_per_address);
    limits.idle_timeout = std::chrono::ceil<std::chrono::seconds>(config.idle_timeout);
    return limits;
}

api::AccessRules access_rules(const config::Config& config, log::Logger& log) {
    const config::AccessConfig& access = config.access;
    api::AccessRules rules;
    const core::Grant everything{core::Role::Admin, {}};
    rules.users[0] = rules.users[platform::own_user_number()] = everything;
    const auto missing = [&](std::string_view key, const std::string& name) {
        log.warning(std::string(key) + "." + name + ": this machine knows nobody of that name");
    };
    for (const auto& [name, grant] : access.users) {
        if (const auto number = platform::user_number(name))
            rules.users[*number] = grant;
        else
            missing("access.users", name);
    }
    for (const auto& [name, grant] : access.groups) {
        if (const auto number = platform::group_number(name))
            rules.groups[*number] = grant;
        else
            missing("access.groups", name);
    }
    if (access.groups.empty()) {
        if (const auto number = platform::group_number(config.api.socket_group))
            rules.groups[*number] = everything;
    }
    constexpr std::uint32_t by_others = 0002;  // connect(2) needs the right to write
    const bool is_open = (config.api.socket_mode & by_others) != 0;
    rules.others = access.others_by_mode && is_open ? std::optional(everything) : access.others;
    rules.certificates = access.certificates;
    rules.developers = access.policy;
    return rules;
}

core::IdRanges id_ranges(const config::UserNamespaceConfig& config) {
    return {static_cast<std::uint32_t>(config.first_id),
            static_cast<std::uint32_t>(config.pots * core::IdRanges::size)};
}

core::BridgePools bridge_pools(const config::Config& config) {
    const config::NetworkConfig& network = config.network;
    core::BridgePools pools{network.ipv4_pool, static_cast<int>(network.public_prefix), network.ipv6_pool};
    if (network.ipv6_pool_is_chosen)
        pools.ipv6 = core::unique_local_pool(platform::host_id() + " " + config.instance);
    return pools;
}

core::OperationLimits operation_limits(const config::OperationsConfig& config) {
    core::OperationLimits limits;
    limits.kept = static_cast<std::size_t>(config.kept);
    limits.max_age = config.max_age;
    limits.keys = static_cast<std::size_t>(config.keys);
    limits.key_age = config.key_age;
    return limits;
}

core::FigureSampler::Options figure_options(const config::Config& config) {
    const config::FiguresConfig& figures = config.figures;
    return {figures.interval, figures.kept, static_cast<std::size_t>(figures.max_size)};
}

core::PressureWatch::Options pressure_options(const config::Config& config) {
    core::PressureWatch::Options options;
    options.settings.rules = config.pressure.rules;
    options.dry_run = config.pressure.dry_run;
    return options;
}

core::PotSpec defaults_of(const config::DefaultsConfig& config) {
    core::PotSpec spec;
    spec.stop.timeout = config.stop_timeout;
    spec.limits.pids = config.pids;
    spec.log.max_size = config.log_max_size;
    spec.log.max_files = config.log_max_files;
    return spec;
}

storage::JournalOptions journal_options(const config::Config& config, log::Logger& log) {
    storage::JournalOptions options;
    options.file = config.state_dir / "potd.db";
    options.codec = {api::encode_spec, api::decode_spec};
    options.runs_kept = config.history.runs;
    options.retention = {config.history.events,      config.history.events_age, config.history.runs_age,
                         config.history.hook_output, config.audit.keep,         config.audit.max_size};
    options.log_opened = [&log](const std::filesystem::path& path) { keep_room_for_records(path, log); };
    options.on_problem = [&log](const core::Error& error) { log.error("store: " + error.message); };
    return options;
}

std::vector<std::string> flavour_directories(const config::FlavoursConfig& config) {
    std::vector<std::string> directories;
    for (const auto& path : config.path) directories.push_back(path.string());
    if (directories.empty())
        directories = {config.beside.string(), (platform::shared_directory() / "flavours").string()};
    return directories;
}

std::string socket_group(const config::ApiConfig& config, log::Logger& log) {
    if (config.socket_group != config::ApiConfig{}.socket_group ||
        platform::group_exists(config.socket_group)) {
        return config.socket_group;
    }
    log.warning("the group " + config.socket_group + " does not exist: only root may use the socket");
    return {};
}

}  // namespace potd
