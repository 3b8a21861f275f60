#include "daemon/compose.hpp"

#include "api/http/server.hpp"
#include "api/metrics/metrics.hpp"
#include "api/route/metrics_routes.hpp"
#include "api/route/routes.hpp"
#include "core/service/base_service.hpp"
#include "core/service/base_updates.hpp"
#include "core/service/bases_of_pots.hpp"
#include "core/service/boot_starter.hpp"
#include "core/service/bridge_service.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/figure_sampler.hpp"
#include "core/service/file_copies.hpp"
#include "core/service/flavour_service.hpp"
#include "core/service/operation_outputs.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/past_pruner.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/pressure_watch.hpp"
#include "core/service/snapshot_scheduler.hpp"
#include "core/service/snapshot_service.hpp"
#include "core/service/space_survey.hpp"
#include "core/service/supervisor.hpp"
#include "core/service/token_service.hpp"
#include "core/service/volume_service.hpp"
#include "core/service/volume_snapshots.hpp"
#include "daemon/audit.hpp"
#include "daemon/compose_options.hpp"
#include "daemon/config/difference.hpp"
#include "daemon/listeners.hpp"
#include "daemon/loop/asio_loop.hpp"
#include "daemon/platform/machine.hpp"
#include "daemon/platform/posix/directory_lock.hpp"
#include "daemon/platform/posix/flavour_directories.hpp"
#include "daemon/platform/posix/own_figures.hpp"
#include "daemon/platform/posix/places.hpp"
#include "daemon/request_log.hpp"
#include "daemon/secrets.hpp"
#include "storage/sqlite/sqlite_history.hpp"
#include "storage/sqlite/sqlite_journal.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "generated/version.hpp"

namespace potd {
namespace {

using core::Result;
using core::Status;

/// Whoever reads metrics comes every few seconds and alone.
constexpr std::size_t most_metrics_connections = 32;

/// The core of the daemon: use cases over the ports.
struct Services {
    Services(ActingPorts ports, platform::Machine& machine, core::History& history, loop::AsioLoop& loop,
             log::Logger& log, const config::Config& config)
        : bases(ports.journal, machine.bases(), loop, loop, feed),
          volumes({ports.journal, ports.volumes, loop, loop, feed, machine.datasets()}),
          bridges({ports.journal, ports.networks, loop, loop, feed, bridge_pools(config),
                   core::PortRange{config.network.first_port, config.network.last_port},
                   config.network.isolate_public, config.network.route_public}),
          supervisor(supervisor_ports(ports, machine, loop, log), feed),
          pots(pot_ports(ports, machine, loop, log, config), supervisor, bases, volumes, bridges, feed),
          snapshots({ports.journal, ports.files, loop, loop, supervisor, pots, feed}),
          bases_of_pots({ports.files, loop, supervisor, bases, pots, snapshots}),
          volume_snapshots({ports.journal, ports.volumes, loop, loop, supervisor, volumes, feed,
                            [this](std::string_view pot) { return pots.find(pot); }}),
          schedule({ports.journal, ports.files, loop, loop, feed, pots, snapshots, volumes, volume_snapshots,
                    [&log](const std::string& text) { log.error(text); }}),
          boot({ports.journal, supervisor, loop, loop, [this] { return pots.list("", pots.count()); },
                [&log](const std::string& text) { log.error(text); }, machine.facts().boot_id}),
          operations({ports.journal, loop, loop, pots, bases,
                      [numbers = std::mt19937_64(std::random_device()())]() mutable { return numbers(); },
                      [&log](const std::string& text) { log.error(text); },
                      operation_limits(config.operations),
                      [this, &store = ports.volumes](const core::Operation& one) {
                          return one.volume.empty() ? pots.copied(one.pot) : store.copied(one.volume);
                      }}),
          copies({machine.copies(), supervisor, pots, loop,
                  [this, &files = ports.files](const core::Pot& pot) { return root_of(pot, files); },
                  config.pots.copy_max_size}),
          recipes(loop, flavour_directories(config.flavours)),
          flavours({recipes, machine.copies(), copies, machine.exec(), supervisor, pots, snapshots,
                    operations, outputs, loop, [&log](const std::string& text) { log.error(text); }}),
          base_updates({loop, bases, pots, bases_of_pots, flavours, operations,
                        machine.facts().system == "FreeBSD" ? "fbsd-update" : "debian-update"}),
          past({ports.journal, history, machine.logs(), ports.files, supervisor}),
          space({ports.files, machine.logs(), bases, volumes, volume_snapshots, pots, snapshots,
                 [state = config.state_dir] { return platform::disk_room(state); }}),
          pressure({machine.pressure(), machine.meter(), pots, supervisor, ports.journal, feed, loop, loop,
                    [&log](const std::string& text) { log.warning(text); }},
                   pressure_options(config)),
          figures({machine.meter(), pots, loop, loop}, figure_options(config)),
          tokens({ports.journal, loop, loop, feed, [&log](const std::string& text) { log.error(text); }}),
          audit(ports.journal, loop, pots, log),
          secrets(config.state_dir, log) {
        secrets.follow(pots);
        pressure.set_earlier([this](const core::Pot& pot) { return seen_lately(pot); });
        const auto room = [this] { return pressure.check_room(); };
        pots.set_room(room);
        volumes.set_room(room);
        bases.set_room(room);
    }

    core::Supervisor::Ports supervisor_ports(ActingPorts ports, const platform::Machine& machine,
                                             loop::AsioLoop& loop, log::Logger& log) {
        return {ports.journal,
                ports.runtime,
                ports.hooks,
                ports.files,
                loop,
                loop,
                loop,
                machine.facts().boot_id,
                [numbers = std::minstd_rand(std::random_device()())]() mutable {
                    return static_cast<std::uint32_t>(numbers());
                },
                [this, &files = ports.files](const core::Pot& pot) { return root_of(pot, files); },
                [this](const core::PotSpec& spec) { return secrets.launched(volumes.resolved(spec), pots); },
                [&log](const std::string& text) { log.error(text); },
                [this](const core::RunKey& run, const core::Pot& pot) { return bridges.connect(run, pot); },
                [this](const core::RunKey& run) { return bridges.disconnect(run); }};
    }
    static core::PotService::Ports pot_ports(ActingPorts ports, platform::Machine& machine,
                                             loop::AsioLoop& loop, log::Logger& log,
                                             const config::Config& config) {
        const core::HostFacts& facts = machine.facts();
        return {ports.journal,
                ports.runtime,
                ports.mounts,
                ports.limiter,
                machine.exec(),
                machine.prober(),
                ports.hooks,
                ports.files,
                loop,
                loop,
                loop,
                platform::random_id,
                facts.boot_id,
                {facts.cpus, facts.memory, facts.cpu_numbers},
                id_ranges(config.user_namespace),
                config.pots.unstarted_age,
                config.network.dns_pot,
                [&log](const std::string& text) { log.error(text); }};
    }
    std::optional<core::PressureWatch::Earlier> seen_lately(const core::Pot& pot) const {
        const auto* const last = figures.latest(pot);
        if (last == nullptr || !last->figures.memory_working_set) return std::nullopt;
        return core::PressureWatch::Earlier{last->run, *last->figures.memory_working_set, last->at};
    }
    Result<core::RootFs> root_of(const core::Pot& pot, core::FileSystem& files) const {
        const Result<core::Base> ground = bases.ground_of(pot);
        return ground ? files.root(pot.id, *ground) : Result<core::RootFs>(ground.error());
    }

    core::EventFeed feed;
    core::BaseService bases;
    core::VolumeService volumes;
    core::BridgeService bridges;
    core::Supervisor supervisor;
    core::PotService pots;
    core::SnapshotService snapshots;
    core::BasesOfPots bases_of_pots;
    core::VolumeSnapshots volume_snapshots;
    core::SnapshotScheduler schedule;
    core::BootStarter boot;
    core::OperationService operations;
    core::FileCopies copies;
    core::OperationOutputs outputs;
    platform::FlavourDirectories recipes;
    core::FlavourService flavours;
    core::BaseUpdates base_updates;
    core::PastPruner past;
    core::SpaceSurvey space;
    core::PressureWatch pressure;
    core::FigureSampler figures;
    core::TokenService tokens;
    Audit audit;
    Secrets secrets;
};

}  // namespace

struct Composition::Parts {
    Parts(config::Config settings, Surroundings around, platform::DirectoryLock held)
        : config(std::move(settings)), surroundings(std::move(around)), lock(std::move(held)) {}

    [[nodiscard]] ActingPorts acting_ports() const {
        const ActingPorts own{*journal,           machine->runtime(), machine->hooks(),
                              machine->files(),   machine->volumes(), machine->mounts(),
                              machine->limiter(), machine->networks()};
        return surroundings.interpose ? surroundings.interpose(own) : own;
    }

    void make_metrics();
    [[nodiscard]] std::vector<api::ListenerFigures> listener_figures() const;
    [[nodiscard]] Status serve_metrics();

    config::Config config;
    Surroundings surroundings;
    platform::DirectoryLock lock;
    loop::AsioLoop loop;
    std::unique_ptr<storage::SqliteJournal> journal;
    std::unique_ptr<storage::SqliteHistory> history;
    std::unique_ptr<platform::Machine> machine;
    std::unique_ptr<Services> services;
    std::unique_ptr<RequestLog> request_log;
    std::unique_ptr<api::Metrics> metrics;
    std::unique_ptr<api::Routes> routes;
    api::Router metrics_router{api::Router::unguarded()};
    std::unique_ptr<api::Server> server;
    std::unique_ptr<api::Server> metrics_server;  ///< null: not configured
    std::optional<api::TokenKey> token_key;
    core::StoredState stored;
    bool ready = false;
    bool stopping = false;
    Status outcome;  ///< what run() returns
};

/// Before the first event is told.
void Composition::Parts::make_metrics() {
    Services& s = *services;
    const core::HostFacts& facts = machine->facts();
    request_log = std::make_unique<RequestLog>(surroundings.log);
    metrics = std::make_unique<api::Metrics>(
        api::Metrics::Ports{s.pots, s.operations, s.pressure, s.bases, s.volumes, s.bridges, s.feed, loop,
                            [&s](const core::Pot& pot) -> const core::RunFigures* {
                                const core::FigureSampler::Sample* const last = s.figures.latest(pot);
                                return last == nullptr ? nullptr : &last->figures;
                            },
                            [this] { return journal->figures(); }, &platform::own_figures,
                            [this] { return listener_figures(); }, request_log.get()},
        api::Metrics::Options{std::string(version), facts.system, std::string(machine->files().name()),
                              loop.wall(), static_cast<std::size_t>(config.metrics.pots)});
    s.supervisor.set_on_hook([this](core::HookStage stage, const core::HookResult& result,
                                    core::milliseconds took) { metrics->work().count(stage, result, took); });
    s.operations.set_on_end([this](const core::Operation& ended) { metrics->work().count(ended); });
}

std::vector<api::ListenerFigures> Composition::Parts::listener_figures() const {
    std::vector<api::ListenerFigures> all;
    if (server) all.push_back({"api", server->figures()});
    if (metrics_server) all.push_back({"metrics", metrics_server->figures()});
    return all;
}

/// At a port of loopback, if that is wanted.
Status Composition::Parts::serve_metrics() {
    const auto& place = config.metrics.listen;
    if (!place) return {};
    api::add_metrics_alone(metrics_router, *metrics);
    api::Limits limits = limits_of(config.api);
    limits.connections = std::min<std::size_t>(limits.connections, most_metrics_connections);
    metrics_server = std::make_unique<api::Server>(
        api::Server::Parts{loop.context(), loop, loop, metrics_router, limits, &metrics->requests()});
    Status listening = metrics_server->listen(api::LoopbackEndpoint{place->address, place->port});
    if (listening) surroundings.log.info("metrics", {{"port", place->port}});
    return listening;
}

Composition::Composition(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Composition::~Composition() {
    // What connections and the pool have left in the queue refers to the services and adapters: it runs
    // while they are still there.
    if (parts_->machine) parts_->machine->stop();
    parts_->server.reset();
    parts_->metrics_server.reset();
    parts_->loop.drain();
}

Result<std::unique_ptr<Composition>> Composition::make(const config::Config& config,
                                                       Surroundings surroundings) {
    log::Logger& log = surroundings.log;
    if (Status made = platform::make_places(config.state_dir, config.run_dir); !made)
        return std::move(made).error();
    auto lock = platform::DirectoryLock::acquire(config.state_dir);
    if (!lock) return std::move(lock).error();
    auto parts = std::make_unique<Parts>(config, std::move(surroundings), *std::move(lock));

    auto journal = storage::SqliteJournal::open(journal_options(config, log), parts->loop);
    if (!journal) return std::move(journal).error();
    parts->journal = *std::move(journal);
    auto stored = parts->journal->load();
    if (!stored) return std::move(stored).error();
    parts->stored = *std::move(stored);
    auto history = storage::SqliteHistory::open(config.state_dir / "potd.db", parts->loop);
    if (!history) return std::move(history).error();
    parts->history = *std::move(history);

    loop::AsioLoop& loop = parts->loop;
    auto key = api::TokenKey::open(config.state_dir / "token.key");
    if (!key) return std::move(key).error();
    parts->token_key = *std::move(key);
    auto machine = platform::make_machine(machine_options(config, log), {loop, loop, loop, loop});
    if (!machine) return std::move(machine).error();
    parts->machine = *std::move(machine);
    auto epochs = parts->journal->open_events(parts->machine->facts().boot_id);
    if (!epochs) return std::move(epochs).error();
    parts->services = std::make_unique<Services>(parts->acting_ports(), *parts->machine, *parts->history,
                                                 loop, log, config);
    parts->services->feed.set_epochs(core::EventEpochs(*std::move(epochs)));
    parts->make_metrics();
    return std::unique_ptr<Composition>(new Composition(std::move(parts)));
}

Status Composition::run() {
    watch_signals();
    parts_->loop.post([this] { begin(); });
    parts_->loop.run();
    return parts_->outcome;
}

/// First every stored state becomes true again, then the door opens.
void Composition::begin() {
    Parts& parts = *parts_;
    parts.services->feed.set_last(parts.stored.last_event);
    if (Status swept = parts.services->bases.recover(std::move(parts.stored.bases)); !swept) {
        parts.surroundings.log.warning("bases: " + swept.error().message);
    }
    Status volumes =
        parts.services->volumes.recover(std::move(parts.stored.volumes), parts.stored.volume_snapshots);
    if (!volumes) parts.surroundings.log.warning("fscomps: " + volumes.error().message);
    parts.services->bridges.recover(parts.stored.bridges);
    parts.services->tokens.recover(std::move(parts.stored.tokens));
    parts.services->secrets.service().recover(std::move(parts.stored.secrets));
    parts.services->volume_snapshots.recover(parts.stored.volume_snapshots,
                                             std::move(parts.stored.volume_snapshot_numbers));
    // Hooks that a crash cut are run again, so first they end.
    if (Status swept = parts.machine->hooks().sweep(); !swept)
        parts.surroundings.log.warning("hooks: " + swept.error().message);
    parts.services->operations.recover(std::move(parts.stored.operations));
    parts.services->snapshots.recover(parts.stored.snapshots, std::move(parts.stored.snapshot_numbers));
    parts.services->pots.recover(std::exchange(parts.stored.pots, {}), [this](const Status& recovered) {
        if (!recovered) parts_->surroundings.log.error("recovery: " + recovered.error().message);
        parts_->services->flavours.recover([this] {
            parts_->services->operations.settle();
            serve();
            parts_->services->boot.begin(parts_->stored.boot_id);
            parts_->services->schedule.begin();
            parts_->services->pressure.begin();
            parts_->services->figures.begin();
        });
    });
}

void Composition::make_routes() {
    Parts& parts = *parts_;
    Services& services = *parts.services;
    platform::Machine& machine = *parts.machine;
    parts.routes = std::make_unique<api::Routes>(api::Services{
        services.pots,
        services.snapshots,
        services.bases,
        services.bases_of_pots,
        services.base_updates,
        services.volumes,
        services.volume_snapshots,
        services.bridges,
        services.operations,
        services.feed,
        *parts.history,
        machine.files(),
        machine.logs(),
        machine.exec(),
        machine.processes(),
        services.figures,
        services.past,
        services.space,
        services.pressure,
        services.copies,
        services.flavours,
        services.outputs,
        services.tokens,
        *parts.token_key,
        services.audit.trail(),
        services.secrets.service(),
        *parts.metrics,
        parts.loop,
        parts.loop,
        parts.loop,
        {std::string(version), parts.config.instance, parts.loop.wall(), machine.facts()},
        [this] {
            return parts_->ready ? Status() : core::error(core::ErrorKind::Unavailable, "potd is starting");
        },
        [this] { parts_->loop.post([this] { shut_down(); }); },
        defaults_of(parts.config.defaults),
        access_rules(parts.config, parts.surroundings.log)});
}

void Composition::serve() {
    Parts& parts = *parts_;
    if (parts.stopping) return;
    Services& services = *parts.services;
    services.audit.begin(parts.stored.last_audit, parts.metrics->requests());
    services.audit.set(parts.config.audit);
    make_routes();
    parts.server = std::make_unique<api::Server>(
        api::Server::Parts{parts.loop.context(), parts.loop, parts.loop, parts.routes->router(),
                           limits_of(parts.config.api), &services.audit.trail()});
    const Status listening = open_doors(*parts.server, parts.config.api, parts.surroundings.log);
    if (!listening) return give_up(listening.error());
    if (const Status metrics = parts.serve_metrics().in("metrics.listen"); !metrics)
        return give_up(metrics.error());
    parts.ready = true;
    parts.surroundings.log.info("ready", {{"socket", parts.config.api.socket.string()},
                                          {"pots", services.pots.count()},
                                          {"driver", std::string(parts.machine->files().name())}});
    for (const std::string& sentence : parts.machine->facts().degraded) parts.surroundings.log.info(sentence);
    if (Status told = parts.surroundings.manager.ready("serving"); !told)
        parts.surroundings.log.warning("service manager: " + told.error().message);
    keep_watchdog_quiet();
}

void Composition::watch_signals() {
    for (const int number : {SIGTERM, SIGINT}) {
        parts_->loop.on_signal(number, [this] { shut_down(); });
    }
    parts_->loop.on_signal(SIGHUP, [this] { reload(); });
}

void Composition::reload() {
    Surroundings& around = parts_->surroundings;
    // The manager wants an end to every reload it is told of, also to one that failed.
    static_cast<void>(around.manager.reloading());
    const Result<config::Config> fresh = around.reload();
    if (fresh)
        take_over(*fresh);
    else
        around.log.error("not reloaded: " + fresh.error().message);
    static_cast<void>(around.manager.ready(fresh ? "serving" : "serving; the last reload failed"));
}

void Composition::take_over(const config::Config& fresh) {
    Parts& parts = *parts_;
    std::string taken;
    std::string left;
    for (const config::Difference& one : config::differences(parts.config, fresh)) {
        std::string& list = one.takes == config::Takes::AtOnce ? taken : left;
        (list += list.empty() ? "" : " ") += one.key;
    }
    parts.config = config::reloaded(parts.config, fresh);
    log::Logger& log = parts.surroundings.log;
    log.set_level(parts.config.log.level);
    parts.services->pressure.set_options(pressure_options(parts.config));
    parts.services->figures.set_options(figure_options(parts.config));
    if (parts.routes) parts.routes->set_pot_defaults(defaults_of(parts.config.defaults));
    if (parts.routes) parts.services->audit.set(parts.config.audit);
    if (parts.routes) parts.routes->set_access(access_rules(parts.config, log));
    if (parts.server) renew_certificates(*parts.server, parts.config.api, log);
    log.info("reloaded", {{"changed", taken.empty() ? "nothing" : taken}});
    if (!left.empty())
        log.warning("changed in the configuration, taken over by a restart only", {{"keys", left}});
}

/// A loop that still turns says so; one that hangs is restarted by the manager.
void Composition::keep_watchdog_quiet() {
    const auto interval = parts_->surroundings.manager.watchdog_interval();
    if (!interval) return;
    static_cast<void>(parts_->surroundings.manager.alive());
    parts_->loop.arm(parts_->loop.steady().plus(*interval), [this] { keep_watchdog_quiet(); });
}

void Composition::shut_down() {
    Parts& parts = *parts_;
    if (std::exchange(parts.stopping, true)) return;
    parts.surroundings.log.info("stopping; pots run on", {{"pots", parts.services->pots.count()}});
    static_cast<void>(parts.surroundings.manager.stopping("stopping; pots run on"));
    parts.services->schedule.stop();
    parts.services->pressure.stop();
    parts.services->figures.stop();
    const auto end = [this] {
        parts_->journal->stop();
        parts_->loop.stop();
    };
    parts.metrics_server.reset();
    if (parts.server)
        parts.server->shut_down(end);
    else
        end();
}

void Composition::give_up(const core::Error& error) {
    parts_->outcome = error;
    parts_->journal->stop();
    parts_->loop.stop();
}

}  // namespace potd
