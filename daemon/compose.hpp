#pragma once

#include "core/base/result.hpp"
#include "core/port/file_system.hpp"
#include "core/port/hook_runner.hpp"
#include "core/port/journal.hpp"
#include "core/port/limiter.hpp"
#include "core/port/live_mounts.hpp"
#include "core/port/networks.hpp"
#include "core/port/runtime.hpp"
#include "core/port/volume_store.hpp"
#include "daemon/config/config.hpp"
#include "daemon/logging/logger.hpp"
#include "daemon/platform/posix/service_notify.hpp"

#include <functional>
#include <memory>

namespace potd {

/// The ports through which the supervision of pots acts: what it records and what it does.
struct ActingPorts {
    core::Journal& journal;
    core::Runtime& runtime;
    core::HookRunner& hooks;
    core::FileSystem& files;
    core::VolumeStore& volumes;
    core::LiveMounts& mounts;
    core::Limiter& limiter;
    core::Networks& networks;
};
/// Core is given what it returns in place of the adapters; that must outlive the daemon.
using Interpose = std::function<ActingPorts(const ActingPorts&)>;

/// What `main` made already.
struct Surroundings {
    log::Logger& log;
    platform::ServiceNotify& manager;
    /// SIGHUP: reads the configuration again; or why all stays as it is.
    std::function<core::Result<config::Config>()> reload;
    Interpose interpose;  ///< may be empty
};

/// The whole daemon, built from its configuration: the only place that knows every part. What is made
/// first is destroyed last. One thread.
class Composition {
  public:
    /// Makes the directories, takes the lock of the state directory, opens the store, prepares the machine.
    /// The error says what is in the way; the store is not touched by a start that fails.
    [[nodiscard]] static core::Result<std::unique_ptr<Composition>> make(const config::Config& config,
                                                                         Surroundings surroundings);
    ~Composition();
    Composition(const Composition&) = delete;
    Composition& operator=(const Composition&) = delete;

    /// Recovers, listens and serves until SIGTERM or SIGINT; or returns why it could not begin. Pots run on.
    [[nodiscard]] core::Status run();

  private:
    struct Parts;
    explicit Composition(std::unique_ptr<Parts> parts);

    void begin();
    void serve();
    void make_routes();
    void watch_signals();
    void reload();
    void take_over(const config::Config& fresh);
    void keep_watchdog_quiet();
    void shut_down();
    void give_up(const core::Error& error);

    std::unique_ptr<Parts> parts_;
};

}  // namespace potd
