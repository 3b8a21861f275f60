#pragma once

#include "api/http/body_source.hpp"
#include "api/http/server_figures.hpp"
#include "api/metrics/event_tally.hpp"
#include "api/metrics/exposition.hpp"
#include "api/metrics/request_tally.hpp"
#include "api/metrics/work_tally.hpp"
#include "core/port/executor.hpp"
#include "core/port/meter.hpp"
#include "core/port/own_figures.hpp"
#include "core/service/base_service.hpp"
#include "core/service/bridge_service.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/pressure_watch.hpp"
#include "core/service/volume_service.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace potd::api {

/// A server of the API, for the metrics of it.
struct ListenerFigures {
    std::string_view name;  ///< "api" or "metrics"
    ServerFigures figures;
};

/// The metrics of potd and its pots: counts what has no other record, and tells all when asked. Nothing is
/// read from the kernel for that but potd's own use of it. Loop thread.
class Metrics {
  public:
    struct Ports {
        core::PotService& pots;
        core::OperationService& operations;
        core::PressureWatch& pressure;
        core::BaseService& bases;
        core::VolumeService& volumes;
        core::BridgeService& bridges;
        core::EventFeed& feed;
        core::Executor& executor;
        /// Of a pot's live run when it was last measured; null if it was not yet. Valid until it returns to
        /// the loop.
        std::function<const core::RunFigures*(const core::Pot&)> figures;
        std::function<core::StoreFigures()> store;
        std::function<core::ProcessFigures()> process;
        std::function<std::vector<ListenerFigures>()> listeners;
        RequestLog* log = nullptr;  ///< is told of requests, too; null = nobody
    };
    struct Options {
        std::string version, system, driver;
        core::WallTime started_at;
        std::size_t pots = 5000;  ///< so many have series of their own, the first by name
    };

    Metrics(Ports ports, Options options);
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// What servers are to tell of their requests.
    [[nodiscard]] RequestTally& requests() { return requests_; }
    /// What is to be told of operations and hooks that have ended.
    [[nodiscard]] WorkTally& work() { return work_; }

    /// All families, each once; piece by piece, with turns of the loop between them. Unavailable while too
    /// many others are being read.
    /// `who`: with a label selector he gets the families of his pots alone; null: everybody's.
    [[nodiscard]] core::Result<std::unique_ptr<BodySource>> scrape(Exposition::Format format,
                                                                   core::PrincipalPtr who = nullptr);

    static constexpr int most_scrapes = 8;

  private:
    class Scrape;
    Ports ports_;
    Options options_;
    EventTally events_;
    WorkTally work_;
    RequestTally requests_;
    int scrapes_ = 0;  ///< under way
};

}  // namespace potd::api
