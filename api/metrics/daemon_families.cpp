#include "api/metrics/daemon_families.hpp"

#include <array>
#include <limits>

namespace potd::api {
namespace {

using Type = MetricFamily::Type;

void add_family(Exposition& out, std::string_view name, Type type, std::string_view help,
                const MetricValue& value) {
    out.begin({name, type, help});
    out.add(value);
}

void add_words(Exposition& out, std::string_view label, const EventTally::ByWord& counts) {
    for (const auto& [word, count] : counts) out.add({{label, word}}, count);
}

void tell_build(Exposition& out, const DaemonSample& sample) {
    const Metrics::Options& about = sample.options;
    out.begin({"potd_build_info", Type::Gauge, "1, with what this potd is"});
    out.add({{"version", about.version}, {"system", about.system}, {"driver", about.driver}}, 1);
    add_family(out, "process_start_time_seconds", Type::Gauge, "When potd was started, unix time",
               MetricValue::of_milliseconds(about.started_at.ms));
}

void tell_process(Exposition& out, const DaemonSample& sample) {
    const core::ProcessFigures own = sample.ports.process();
    if (own.cpu_us)
        add_family(out, "process_cpu_seconds_total", Type::Counter, "CPU time that potd has used",
                   MetricValue::of_microseconds(*own.cpu_us));
    if (own.resident)
        add_family(out, "process_resident_memory_bytes", Type::Gauge, "Memory that potd has in use",
                   *own.resident);
    if (own.address_room)
        add_family(out, "process_virtual_memory_bytes", Type::Gauge, "Size of potd's address space",
                   *own.address_room);
    if (own.open_files)
        add_family(out, "process_open_fds", Type::Gauge, "File descriptors that potd has open",
                   *own.open_files);
    if (own.most_files)
        add_family(out, "process_max_fds", Type::Gauge, "File descriptors that potd may have open",
                   *own.most_files);
    add_family(out, "potd_loop_delay_seconds", Type::Gauge,
               "How long this request waited for the next turn of potd's event loop", sample.loop_delay);
}

void tell_requests(Exposition& out, const DaemonSample& sample) {
    out.begin({"potd_http_requests_total", Type::Counter, "Requests that were answered"});
    sample.requests.each(
        [&](std::string_view route, std::string_view method, const RequestTally::Series& series) {
            for (const auto& one : series.counts) {
                const std::string status = std::to_string(one.status);
                out.add({{"method", method}, {"route", route}, {"status", status}}, one.requests);
            }
        });
    out.begin({"potd_http_request_duration_seconds", Type::Histogram,
               "Time until the answer, of a streamed one until its begin; without upgrades to a WebSocket"});
    sample.requests.each(
        [&](std::string_view route, std::string_view method, const RequestTally::Series& series) {
            if (series.seconds.count() > 0) out.add({{"method", method}, {"route", route}}, series.seconds);
        });
    add_family(out, "potd_http_crashes_total", Type::Counter, "Requests answered 500 for a bug in potd",
               sample.requests.crashes());
}

void tell_listeners(Exposition& out, const DaemonSample& sample) {
    struct Column {
        MetricFamily family;
        std::uint64_t (*value)(const ServerFigures&);
    };
    constexpr std::array<Column, 9> columns{{
        {{"potd_http_connections", Type::Gauge, "Open connections without those of WebSockets"},
         [](const ServerFigures& one) { return std::uint64_t{one.connections}; }},
        {{"potd_http_websockets", Type::Gauge, "Open WebSockets"},
         [](const ServerFigures& one) { return std::uint64_t{one.web_sockets}; }},
        {{"potd_http_requests_in_progress", Type::Gauge, "Requests whose answer is not there yet"},
         [](const ServerFigures& one) { return std::uint64_t{one.waiting}; }},
        {{"potd_http_streams", Type::Gauge, "Answers that are being sent piece by piece, this one too"},
         [](const ServerFigures& one) { return std::uint64_t{one.streaming}; }},
        {{"potd_http_connections_accepted_total", Type::Counter, "Connections that were accepted"},
         [](const ServerFigures& one) { return one.accepted; }},
        {{"potd_http_connections_refused_total", Type::Counter,
          "Those of them refused as there were too many"},
         [](const ServerFigures& one) { return one.refused; }},
        {{"potd_http_handshakes_failed_total", Type::Counter, "TLS handshakes that came to nothing"},
         [](const ServerFigures& one) { return one.not_greeted; }},
        {{"potd_http_received_bytes_total", Type::Counter, "Bytes received without those of WebSockets"},
         [](const ServerFigures& one) { return one.received; }},
        {{"potd_http_sent_bytes_total", Type::Counter, "Bytes sent without those of WebSockets"},
         [](const ServerFigures& one) { return one.sent; }},
    }};
    const std::vector<ListenerFigures> now = sample.ports.listeners();
    for (const Column& column : columns) {
        out.begin(column.family);
        for (const ListenerFigures& one : now) out.add({{"listener", one.name}}, column.value(one.figures));
    }
}

void tell_store(Exposition& out, const DaemonSample& sample) {
    const core::StoreFigures now = sample.ports.store();
    add_family(out, "potd_store_queue_length", Type::Gauge, "Sets of changes that wait for the writer",
               now.queued);
    add_family(out, "potd_store_commits_total", Type::Counter, "Sets of changes that were stored",
               now.commits);
    add_family(out, "potd_store_transactions_total", Type::Counter, "Transactions that they took",
               now.transactions);
    add_family(out, "potd_store_failures_total", Type::Counter, "Sets of changes that could not be stored",
               now.failures);
    add_family(out, "potd_store_syncs_total", Type::Counter,
               "Times that what is stored was brought to the disk", now.syncs);
    add_family(out, "potd_store_sync_failures_total", Type::Counter, "Times that this failed",
               now.sync_failures);
    add_family(out, "potd_store_retention_passes_total", Type::Counter, "Times that the past was tidied up",
               now.passes);
    out.begin({"potd_store_commit_duration_seconds", Type::Histogram,
               "Time until a set of changes is stored, its wait for the writer included"});
    out.add({}, now.commit_seconds);
    out.begin({"potd_store_sync_duration_seconds", Type::Histogram,
               "Time until what is stored is on the disk, once for all that waits for it"});
    out.add({}, now.sync_seconds);
}

void tell_operations(Exposition& out, const DaemonSample& sample) {
    out.begin({"potd_operations_total", Type::Counter, "Operations that have ended"});
    for (const auto& [kind, series] : sample.work.operations()) {
        for (const auto& [state, count] : series.by_outcome)
            out.add({{"kind", core::to_string(kind)}, {"state", state}}, count);
    }
    out.begin({"potd_operation_duration_seconds", Type::Histogram,
               "Time from the acceptance of an operation to its end"});
    for (const auto& [kind, series] : sample.work.operations())
        out.add({{"kind", core::to_string(kind)}}, series.seconds);
    core::OperationQuery running;
    running.state = core::OperationState::Running;
    running.limit = std::numeric_limits<std::size_t>::max();
    std::map<core::OperationKind, int> counts;
    for (const core::Operation& one : sample.ports.operations.list(running)) ++counts[one.kind];
    for (const auto& [kind, series] : sample.work.operations()) counts.try_emplace(kind, 0);
    out.begin({"potd_operations_running", Type::Gauge, "Operations that are under way"});
    for (const auto& [kind, count] : counts) out.add({{"kind", core::to_string(kind)}}, count);
}

void tell_events(Exposition& out, const DaemonSample& sample) {
    out.begin({"potd_events_total", Type::Counter, "Events that were told"});
    add_words(out, "type", sample.events.by_type());
    add_family(out, "potd_last_event_number", Type::Gauge, "Number of the last event",
               sample.ports.feed.last());
}

void tell_hooks(Exposition& out, const DaemonSample& sample) {
    out.begin({"potd_hooks_total", Type::Counter, "Hooks that have ended"});
    for (const auto& [stage, series] : sample.work.hooks()) {
        for (const auto& [outcome, count] : series.by_outcome)
            out.add({{"stage", core::to_string(stage)}, {"outcome", outcome}}, count);
    }
    out.begin({"potd_hook_duration_seconds", Type::Histogram, "Time that hooks took"});
    for (const auto& [stage, series] : sample.work.hooks())
        out.add({{"stage", core::to_string(stage)}}, series.seconds);
}

void tell_lives(Exposition& out, const DaemonSample& sample) {
    out.begin({"potd_starts_total", Type::Counter, "Runs that were begun, by what began them"});
    add_words(out, "cause", sample.events.starts_by_cause());
    out.begin({"potd_start_duration_seconds", Type::Histogram,
               "Time from the record of a run's beginning until its command runs"});
    out.add({}, sample.events.start_seconds());
    out.begin({"potd_exits_total", Type::Counter, "Runs that have ended, by why"});
    add_words(out, "reason", sample.events.exits_by_reason());
    add_family(out, "potd_oom_kills_total", Type::Counter,
               "Processes of pots that the kernel killed for memory", sample.events.oom_kills());
    const auto count = [&](std::string_view type) {
        const auto found = sample.events.by_type().find(type);
        return found == sample.events.by_type().end() ? std::uint64_t{0} : found->second;
    };
    out.begin({"potd_health_changes_total", Type::Counter, "Times that a pot became healthy or unhealthy"});
    out.add({{"to", "healthy"}}, count("pot.healthy"));
    out.add({{"to", "unhealthy"}}, count("pot.unhealthy"));
}

void tell_pot_counts(Exposition& out, const DaemonSample& sample) {
    constexpr auto states = static_cast<std::size_t>(core::PotState::Destroying) + 1;
    constexpr auto healths = static_cast<std::size_t>(core::Health::Unhealthy) + 1;
    std::array<int, states> by_state{};
    std::array<int, healths> by_health{};
    for (const core::PotPtr& pot : sample.pots) {
        ++by_state.at(static_cast<std::size_t>(pot->state));
        ++by_health.at(static_cast<std::size_t>(pot->health));
    }
    out.begin({"potd_pots", Type::Gauge, "Pots by their state"});
    for (std::size_t i = 0; i < states; ++i)
        out.add({{"state", core::to_string(static_cast<core::PotState>(i))}}, by_state.at(i));
    out.begin(
        {"potd_pots_by_health", Type::Gauge, "Pots by what their checks say; none: not up, or no check"});
    for (std::size_t i = 0; i < healths; ++i)
        out.add({{"health", core::to_string(static_cast<core::Health>(i))}}, by_health.at(i));
    add_family(out, "potd_pots_without_series", Type::Gauge,
               "Pots without series of their own, by metrics.pots of the configuration",
               sample.pots_left_out);
    add_family(out, "potd_bases", Type::Gauge, "Bases that are installed", sample.ports.bases.list().size());
    add_family(out, "potd_fscomps", Type::Gauge, "Fscomps, which are volumes",
               sample.ports.volumes.list().size());
    add_family(out, "potd_networks", Type::Gauge, "Bridges", sample.ports.bridges.list().size());
}

void tell_pressure(Exposition& out, const DaemonSample& sample) {
    out.begin({"potd_pressure_actions_total", Type::Counter,
               "Steps of the rules of pressure: acted, would_act (dry run), failed"});
    for (const auto& [step, count] : sample.events.pressure_steps()) {
        out.add({{"rule", std::get<0>(step)}, {"action", std::get<1>(step)}, {"outcome", std::get<2>(step)}},
                count);
    }
    const core::PressureWatch::View now = sample.ports.pressure.view();
    out.begin({"potd_pressure_rule_holds", Type::Gauge, "1 while what the rule waits for is so, else 0"});
    for (const auto& rule : now.rules) out.add({{"rule", rule.rule.name}}, rule.holds);
    add_family(out, "potd_pressure_dry_run", Type::Gauge, "1 if steps are only told, else 0", now.dry_run);
}

constexpr DaemonFamilies told_of_daemon[] = {tell_build, tell_process,    tell_requests, tell_listeners,
                                             tell_store, tell_operations, tell_events,   tell_hooks,
                                             tell_lives, tell_pot_counts, tell_pressure};

}  // namespace

std::span<const DaemonFamilies> daemon_families() {
    return told_of_daemon;
}

}  // namespace potd::api
