#pragma once

#include "api/door/audit_trail.hpp"
#include "api/door/door.hpp"
#include "api/http/router.hpp"
#include "api/metrics/metrics.hpp"
#include "core/port/clock.hpp"
#include "core/port/exec.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/port/history.hpp"
#include "core/port/logs.hpp"
#include "core/port/meter.hpp"
#include "core/port/process_lister.hpp"
#include "core/service/base_service.hpp"
#include "core/service/base_updates.hpp"
#include "core/service/bases_of_pots.hpp"
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
#include "core/service/secret_service.hpp"
#include "core/service/snapshot_service.hpp"
#include "core/service/space_survey.hpp"
#include "core/service/volume_service.hpp"
#include "core/service/volume_snapshots.hpp"

#include <functional>
#include <memory>
#include <string>

namespace potd::api {

/// What /v1/info says.
struct About {
    std::string version;
    std::string instance;
    core::WallTime started_at;
    core::HostFacts host;
};

/// What the routes call. All of it outlives the routes and the server.
struct Services {
    core::PotService& pots;
    core::SnapshotService& snapshots;
    core::BaseService& bases;
    core::BasesOfPots& bases_of_pots;
    core::BaseUpdates& base_updates;
    core::VolumeService& volumes;
    core::VolumeSnapshots& volume_snapshots;
    core::BridgeService& bridges;
    core::OperationService& operations;
    core::EventFeed& feed;
    core::History& history;
    core::FileSystem& files;  ///< only where the logs are
    core::LogReader& logs;
    core::ExecHost& exec;
    core::ProcessLister& processes;
    core::FigureSampler& figures;
    core::PastPruner& past;
    core::SpaceSurvey& space;
    core::PressureWatch& pressure;
    core::FileCopies& copies;
    core::FlavourService& flavours;
    core::OperationOutputs& outputs;
    core::TokenService& tokens;
    const TokenKey& token_key;
    AuditTrail& audit;
    core::SecretService& secrets;
    Metrics& metrics;
    core::Clock& clock;
    core::Timers& timers;
    core::Executor& executor;
    About about;
    /// Ok once every pot's state is true again, else why not yet.
    std::function<core::Status()> ready;
    /// Ends potd once the answers under way are out; the pots run on.
    std::function<void()> shut_down;
    /// What a new pot gets that does not say otherwise.
    core::PotSpec pot_defaults = {};
    AccessRules access = {};  ///< nobody may anything without
};

/// Every endpoint of potd.yaml. The router refers to this object.
class Routes {
  public:
    explicit Routes(Services services);
    ~Routes();
    Routes(const Routes&) = delete;
    Routes& operator=(const Routes&) = delete;

    [[nodiscard]] const Router& router() const { return router_; }

    /// What new pots get from now on (Services::pot_defaults).
    void set_pot_defaults(core::PotSpec defaults);
    /// Who may what from now on (Services::access).
    void set_access(AccessRules rules);

  private:
    struct Resources;
    std::unique_ptr<Resources> resources_;
    Router router_;
};

}  // namespace potd::api
