#include "api/route/routes.hpp"

#include "api/convert/pot_texts.hpp"
#include "api/door/door.hpp"
#include "api/route/admission.hpp"
#include "api/route/audit_routes.hpp"
#include "api/route/base_routes.hpp"
#include "api/route/event_routes.hpp"
#include "api/route/exec_routes.hpp"
#include "api/route/files_routes.hpp"
#include "api/route/flavour_routes.hpp"
#include "api/route/fscomp_routes.hpp"
#include "api/route/fscomp_snapshot_routes.hpp"
#include "api/route/life_routes.hpp"
#include "api/route/log_routes.hpp"
#include "api/route/metrics_routes.hpp"
#include "api/route/network_routes.hpp"
#include "api/route/operation_routes.hpp"
#include "api/route/pot_routes.hpp"
#include "api/route/run_routes.hpp"
#include "api/route/snapshot_routes.hpp"
#include "api/route/stats_routes.hpp"
#include "api/route/system_routes.hpp"
#include "api/route/token_routes.hpp"
#include "api/route/viewer_routes.hpp"

namespace potd::api {

struct Routes::Resources {
    explicit Resources(Services given)
        : services(std::move(given)),
          texts(services.pots, services.secrets),
          door(services.pots, services.tokens, services.token_key),
          tokens(services.tokens, services.token_key, services.clock),
          audit(services.history),
          system(services),
          admission(services, texts),
          bases(services.bases, services.bases_of_pots, services.base_updates, services.operations,
                services.pots, services.pot_defaults),
          fscomps(services.volumes, services.operations),
          fscomp_snapshots(services.volume_snapshots, services.volumes, services.operations),
          networks(services.bridges, services.operations, services.pots),
          flavours(services.flavours),
          pots(services.pots, services.snapshots, services.flavours, services.secrets, texts,
               services.pot_defaults),
          operations(services.operations, services.pots, services.outputs, services.clock, services.timers),
          life(services.pots, services.processes, texts, services.clock, services.timers),
          runs(services.pots, services.history),
          snapshots(services.snapshots, services.flavours, services.pots, services.secrets, texts),
          logs(services.pots, services.files, services.logs),
          stats(services.pots, services.figures, services.processes, services.clock, services.timers),
          events(services.feed, services.history, services.pots),
          exec(services.pots, services.exec, services.clock, services.timers),
          files(services.copies, services.operations) {}

    Services services;
    PotTexts texts;
    Door door;
    TokenRoutes tokens;
    AuditRoutes audit;
    SystemRoutes system;
    Admission admission;
    BaseRoutes bases;
    FscompRoutes fscomps;
    FscompSnapshotRoutes fscomp_snapshots;
    NetworkRoutes networks;
    FlavourRoutes flavours;
    PotRoutes pots;
    OperationRoutes operations;
    LifeRoutes life;
    RunRoutes runs;
    SnapshotRoutes snapshots;
    LogRoutes logs;
    StatsRoutes stats;
    EventRoutes events;
    ExecRoutes exec;
    FilesRoutes files;
};

Routes::Routes(Services services)
    : resources_(std::make_unique<Resources>(std::move(services))),
      router_([this](Exchange& exchange, const Route& route) {
          core::PrincipalPtr who = resources_->door.admit(exchange, route);
          if (who) resources_->services.audit.begin(exchange, route, *who);
          return who;
      }) {
    set_access(resources_->services.access);
    router_.set_hold([this](const core::Principal& who, const Peer& peer, std::string_view pot) {
        return resources_->door.holds(who, peer, pot);
    });
    router_.set_admission(
        [this](Exchange& exchange, const Route& route) { resources_->admission.admit(exchange, route); });
    add_viewer_routes(router_);
    resources_->system.add_to(router_);
    resources_->bases.add_to(router_);
    resources_->fscomps.add_to(router_);
    resources_->fscomp_snapshots.add_to(router_);
    resources_->networks.add_to(router_);
    resources_->flavours.add_to(router_);
    resources_->pots.add_to(router_);
    resources_->operations.add_to(router_);
    resources_->life.add_to(router_);
    resources_->runs.add_to(router_);
    resources_->snapshots.add_to(router_);
    resources_->logs.add_to(router_);
    resources_->stats.add_to(router_);
    resources_->events.add_to(router_);
    resources_->exec.add_to(router_);
    resources_->files.add_to(router_);
    resources_->tokens.add_to(router_);
    resources_->audit.add_to(router_);
    add_metrics(router_, resources_->services.metrics);
}

void Routes::set_pot_defaults(core::PotSpec defaults) {
    resources_->bases.set_defaults(defaults);
    resources_->pots.set_defaults(std::move(defaults));
}

void Routes::set_access(AccessRules rules) {
    resources_->door.set_rules(std::move(rules));
}

Routes::~Routes() = default;

}  // namespace potd::api
