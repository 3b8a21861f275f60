#pragma once

#include "core/lifecycle/life.hpp"
#include "core/model/pot.hpp"
#include "core/model/validate.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/port/journal.hpp"
#include "core/port/runtime.hpp"
#include "core/service/base_service.hpp"
#include "core/service/event_feed.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace potd::core {

/// A pot as it was at one moment; never changes once handed out. A change makes a new one with a
/// higher version, so pointers may be kept and compared.
using PotPtr = std::shared_ptr<const Pot>;

struct StopRequest {
    std::optional<milliseconds> timeout;  ///< unset: the pot's own
    std::optional<int> signal;            ///< unset: the pot's own
};

/// Changes to a pot's spec. Unset members stay as they are.
struct PotPatch {
    std::function<Status(PotSpec&)> apply;       ///< edits a copy of the spec
    std::optional<std::uint64_t> if_version;     ///< PreconditionFailed otherwise (Conflict kind, field "If-Match")
};

/// The use cases of pots: the only way in for the API. Loop thread only. Replies come on the loop thread; for
/// the life cycle after the state is durable (DESIGN section 4). Names below may be a name or an id.
/// Common errors: NotFound for an unknown pot, Conflict when its state forbids the request or another
/// request is under way.
class PotService : public RunObserver {
  public:
    struct Ports {
        Journal& journal;
        Runtime& runtime;
        FileSystem& files;
        Clock& clock;
        Timers& timers;
        std::function<PotId()> new_id;
        std::string boot_id;
        SpecBounds bounds;
    };

    PotService(Ports ports, BaseService& bases, EventFeed& feed);
    ~PotService() override;
    PotService(const PotService&) = delete;
    PotService& operator=(const PotService&) = delete;

    // Reading: from memory, never waits.
    [[nodiscard]] PotPtr find(std::string_view name_or_id) const;
    /// Up to `limit` pots in name order, after the name `after` (exclusive, empty = from the start).
    [[nodiscard]] std::vector<PotPtr> list(std::string_view after, std::size_t limit) const;
    [[nodiscard]] std::size_t count() const { return by_name_.size(); }

    /// Conflict if the name is taken; NotFound (field "base") for an unknown base.
    void create(PotSpec spec, Reply<PotPtr> reply);
    /// Conflict while the change would need a stopped pot; takes effect at the next start.
    void change(std::string_view name, PotPatch patch, Reply<PotPtr> reply);
    void rename(std::string_view name, std::string new_name, Reply<PotPtr> reply);
    /// A live pot needs `force`, else Conflict.
    void destroy(std::string_view name, bool force, Reply<void> reply);

    /// Replies when the command runs, or with why it could not (the pot is then Failed). Starting a
    /// running pot is Conflict (code already_running).
    void start(std::string_view name, Reply<PotPtr> reply);
    /// Replies when the run has ended and is cleaned up. Idempotent: a stopped pot replies at once;
    /// a second stop joins the first.
    void stop(std::string_view name, StopRequest request, Reply<PotPtr> reply);
    void restart(std::string_view name, StopRequest request, Reply<PotPtr> reply);
    /// Sends a signal; with SIGKILL to the main process the run ends as "killed".
    void kill(std::string_view name, int signal_number, SignalTarget target, Reply<PotPtr> reply);
    void pause(std::string_view name, Reply<PotPtr> reply);
    void resume(std::string_view name, Reply<PotPtr> reply);

    using WaitId = std::uint64_t;
    /// Replies with the terminal record of the live run when it has ended, or of the last one at once.
    /// Conflict if the pot never ran. `cancel_wait` drops the reply.
    WaitId wait(std::string_view name, Reply<Run> reply);
    void cancel_wait(WaitId id);

    /// At start-up, once: takes over the stored pots, adopts their runs and removes leftovers. Replies when
    /// every pot's state is true again.
    void recover(std::vector<Pot> stored, Reply<void> reply);

    // RunObserver
    void on_spawned(const RunKey& key, const ProcessIdentity& monitor) override;
    void on_started(const RunKey& key, const RunProcesses& processes, WallTime at) override;
    void on_launch_failed(const RunKey& key, const Error& error) override;
    void on_exited(const RunKey& key, const ExitRecord& record) override;

  private:
    struct Entry;
    std::map<std::string, Entry*, std::less<>> by_name_;
};

}  // namespace potd::core
