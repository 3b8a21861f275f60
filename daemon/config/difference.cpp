#include "daemon/config/difference.hpp"

#include <utility>

namespace potd::config {
namespace {

/// One key of keys.cpp, which has no other.
struct Watched {
    std::string_view key;
    bool (*same)(const Config&, const Config&);
    void (*take)(Config& to, const Config& from);  ///< null: only a start takes it over
};

// The first member pointer names the part, the second the value in it.
template <auto Part, auto Member>
constexpr Watched at_start(std::string_view key) {
    return {key, [](const Config& a, const Config& b) { return a.*Part.*Member == b.*Part.*Member; },
            nullptr};
}
template <auto Part, auto Member>
constexpr Watched at_once(std::string_view key) {
    return {key, [](const Config& a, const Config& b) { return a.*Part.*Member == b.*Part.*Member; },
            [](Config& to, const Config& from) { to.*Part.*Member = from.*Part.*Member; }};
}
template <auto Member>
constexpr Watched place(std::string_view key) {
    return {key, [](const Config& a, const Config& b) { return a.*Member == b.*Member; }, nullptr};
}

template <auto Member>
constexpr Watched of_tls(std::string_view key) {
    return {key, [](const Config& a, const Config& b) { return a.api.tls.*Member == b.api.tls.*Member; },
            [](Config& to, const Config& from) { to.api.tls.*Member = from.api.tls.*Member; }};
}

constexpr Watched all[] = {
    place<&Config::instance>("instance"),
    place<&Config::state_dir>("state_dir"),
    place<&Config::run_dir>("run_dir"),
    at_once<&Config::log, &LogConfig::level>("log.level"),
    at_start<&Config::log, &LogConfig::format>("log.format"),
    at_start<&Config::api, &ApiConfig::socket>("api.socket"),
    at_start<&Config::api, &ApiConfig::socket_group>("api.socket_group"),
    at_start<&Config::api, &ApiConfig::socket_mode>("api.socket_mode"),
    at_start<&Config::api, &ApiConfig::max_header>("api.max_header"),
    at_start<&Config::api, &ApiConfig::max_body>("api.max_body"),
    at_start<&Config::api, &ApiConfig::max_connections>("api.max_connections"),
    at_start<&Config::api, &ApiConfig::idle_timeout>("api.idle_timeout"),
    at_start<&Config::api, &ApiConfig::listen>("api.listen"),
    at_start<&Config::api, &ApiConfig::listen_plain>("api.listen_plain"),
    at_start<&Config::api, &ApiConfig::max_per_address>("api.max_per_address"),
    of_tls<&TlsConfig::certificate>("api.tls.certificate"),
    of_tls<&TlsConfig::key>("api.tls.key"),
    of_tls<&TlsConfig::client_ca>("api.tls.client_ca"),
    of_tls<&TlsConfig::needs_client_certificate>("api.tls.client_certificate"),
    at_once<&Config::access, &AccessConfig::users>("access.users"),
    at_once<&Config::access, &AccessConfig::groups>("access.groups"),
    at_once<&Config::access, &AccessConfig::certificates>("access.certificates"),
    {"access.others",
     [](const Config& a, const Config& b) {
         return a.access.others == b.access.others && a.access.others_by_mode == b.access.others_by_mode;
     },
     [](Config& to, const Config& from) {
         to.access.others = from.access.others;
         to.access.others_by_mode = from.access.others_by_mode;
     }},
    at_once<&Config::access, &AccessConfig::policy>("access.policy"),
    at_once<&Config::audit, &AuditConfig::reads>("audit.reads"),
    at_start<&Config::audit, &AuditConfig::keep>("audit.keep"),
    at_start<&Config::audit, &AuditConfig::max_size>("audit.max_size"),
    at_once<&Config::audit, &AuditConfig::file>("audit.file"),
    at_start<&Config::storage, &StorageConfig::driver>("storage.driver"),
    at_start<&Config::storage, &StorageConfig::zfs_root>("storage.zfs.root"),
    at_start<&Config::storage, &StorageConfig::zfs_program>("storage.zfs.program"),
    at_start<&Config::bases, &BasesConfig::mirror>("bases.mirror"),
    at_start<&Config::bases, &BasesConfig::max_size>("bases.max_size"),
    at_once<&Config::defaults, &DefaultsConfig::stop_timeout>("defaults.stop_timeout"),
    // The platform's adapters got it, too.
    at_start<&Config::defaults, &DefaultsConfig::pids>("defaults.pids"),
    at_once<&Config::defaults, &DefaultsConfig::log_max_size>("defaults.log.max_size"),
    at_once<&Config::defaults, &DefaultsConfig::log_max_files>("defaults.log.max_files"),
    at_start<&Config::pots, &PotsConfig::unstarted_age>("pots.unstarted_age"),
    at_start<&Config::pots, &PotsConfig::copy_max_size>("pots.copy_max_size"),
    at_start<&Config::flavours, &FlavoursConfig::path>("flavours.path"),
    at_start<&Config::history, &HistoryConfig::runs>("history.runs"),
    at_start<&Config::history, &HistoryConfig::runs_age>("history.runs_age"),
    at_start<&Config::history, &HistoryConfig::hook_output>("history.hook_output"),
    at_start<&Config::history, &HistoryConfig::events>("history.events"),
    at_start<&Config::history, &HistoryConfig::events_age>("history.events_age"),
    at_start<&Config::operations, &OperationsConfig::kept>("operations.kept"),
    at_start<&Config::operations, &OperationsConfig::max_age>("operations.max_age"),
    at_start<&Config::operations, &OperationsConfig::keys>("operations.keys"),
    at_start<&Config::operations, &OperationsConfig::key_age>("operations.key_age"),
    at_start<&Config::network, &NetworkConfig::ipv4_pool>("network.ipv4_pool"),
    at_start<&Config::network, &NetworkConfig::public_prefix>("network.public_prefix"),
    {"network.ipv6_pool",
     [](const Config& a, const Config& b) {
         return a.network.ipv6_pool == b.network.ipv6_pool &&
                a.network.ipv6_pool_is_chosen == b.network.ipv6_pool_is_chosen;
     },
     nullptr},
    at_start<&Config::network, &NetworkConfig::isolate_public>("network.isolate_public"),
    at_start<&Config::network, &NetworkConfig::route_public>("network.route_public"),
    at_start<&Config::network, &NetworkConfig::forwarding>("network.forwarding"),
    {"network.ports",
     [](const Config& a, const Config& b) {
         return a.network.first_port == b.network.first_port && a.network.last_port == b.network.last_port;
     },
     nullptr},
    at_start<&Config::network, &NetworkConfig::dns_pot>("network.dns_pot"),
    at_start<&Config::metrics, &MetricsConfig::listen>("metrics.listen"),
    at_start<&Config::metrics, &MetricsConfig::pots>("metrics.pots"),
    at_once<&Config::pressure, &PressureConfig::dry_run>("pressure.dry_run"),
    at_once<&Config::pressure, &PressureConfig::rules>("pressure.rules"),
    at_once<&Config::figures, &FiguresConfig::interval>("figures.interval"),
    at_once<&Config::figures, &FiguresConfig::kept>("figures.kept"),
    at_once<&Config::figures, &FiguresConfig::max_size>("figures.max_size"),
    at_start<&Config::user_namespace, &UserNamespaceConfig::first_id>("user_namespace.first_id"),
    at_start<&Config::user_namespace, &UserNamespaceConfig::pots>("user_namespace.pots"),
};

}  // namespace

std::vector<Difference> differences(const Config& now, const Config& fresh) {
    std::vector<Difference> found;
    for (const Watched& one : all) {
        if (!one.same(now, fresh)) found.push_back({one.key, one.take ? Takes::AtOnce : Takes::AtStart});
    }
    return found;
}

Config reloaded(Config now, const Config& fresh) {
    for (const Watched& one : all) {
        if (one.take != nullptr) one.take(now, fresh);
    }
    return now;
}

}  // namespace potd::config
