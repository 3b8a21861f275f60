#pragma once

#include "core/model/id_ranges.hpp"
#include "core/model/pot.hpp"
#include "core/model/validate.hpp"
#include "core/port/exec.hpp"
#include "core/service/base_service.hpp"
#include "core/service/dependencies.hpp"
#include "core/service/health_monitor.hpp"
#include "core/service/supervisor.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace potd::core {

struct StopRequest {
    std::optional<milliseconds> timeout;  ///< unset: the pot's own
    std::optional<int> signal;            ///< unset: the pot's own
};

/// Changes to a pot's spec.
struct PotPatch {
    std::function<Status(PotSpec&)> apply;    ///< edits a copy of the spec
    std::optional<std::uint64_t> if_version;  ///< Conflict with field "If-Match" if it is another
};

/// The use cases of pots: the only way in for the API. Loop thread only. Every reply comes later, on
/// the loop thread, once what it says is durable (DESIGN section 4). A pot may be given by name or id.
/// Common errors: NotFound for an unknown pot, Conflict when its state forbids the request or another
/// request is under way.
class PotService {
  public:
    struct Ports {
        Journal& journal;
        Runtime& runtime;
        ExecHost& exec;
        Prober& prober;
        HookRunner& hooks;
        FileSystem& files;
        Clock& clock;
        Timers& timers;
        Executor& executor;
        std::function<PotId()> new_id;
        std::string boot_id;
        SpecBounds bounds;
        IdRanges ids{};  ///< of pots with a user namespace
    };

    PotService(Ports ports, Supervisor& supervisor, BaseService& bases, EventFeed& feed);
    PotService(const PotService&) = delete;
    PotService& operator=(const PotService&) = delete;

    // Reading: from memory, never waits.
    [[nodiscard]] std::vector<HealthCheck> health_checks(const PotId& id) const {
        return health_.history(id);
    }
    [[nodiscard]] PotPtr find(std::string_view name_or_id) const;
    /// Up to `limit` pots in name order, after the name `after` (exclusive, empty = from the start).
    [[nodiscard]] std::vector<PotPtr> list(std::string_view after, std::size_t limit) const;
    [[nodiscard]] std::size_t count() const { return by_name_.size(); }

    /// Conflict if the name is taken; NotFound (field "base") for an unknown base.
    void create(PotSpec spec, Reply<PotPtr> reply);
    /// Takes effect at the next start. InvalidArgument for name, base, type and level, which have verbs
    /// of their own or cannot change.
    void change(std::string_view name, const PotPatch& patch, Reply<PotPtr> reply);
    /// Conflict if the pot is live or the new name is taken.
    void rename(std::string_view name, const std::string& new_name, Reply<PotPtr> reply);
    /// A live pot needs `force`, else Conflict.
    /// So does one that others depend on.
    void destroy(std::string_view name, bool force, Reply<void> reply);

    /// What the pot depends on is started first. Replies when the command runs, or with why it could not (the
    /// pot is then Failed).
    void start(std::string_view name, Reply<PotPtr> reply);
    /// Running pots that depend on it are stopped first, each with its own timeout. Replies when the run has
    /// ended, is cleaned up and its poststop hooks are through. Idempotent; a second stop joins the first.
    /// The pot in the reply is null if it was to be removed on exit.
    void stop(std::string_view name, const StopRequest& request, Reply<PotPtr> reply);
    /// Stops every pot that is up or waits for its next run, dependents first; replies with their names in
    /// the order they ended, or with the first error once all have been tried.
    void stop_all(Reply<std::vector<std::string>> reply);
    /// Starts a pot that does not run.
    void restart(std::string_view name, const StopRequest& request, Reply<PotPtr> reply);
    /// Sends a signal. Conflict if the pot does not run.
    void kill(std::string_view name, int signal_number, SignalTarget target, Reply<PotPtr> reply);
    void pause(std::string_view name, Reply<PotPtr> reply);
    void resume(std::string_view name, Reply<PotPtr> reply);

    using WaitId = std::uint64_t;
    /// Replies with the record of the live run once it has ended and is cleaned up; of the last run at
    /// once if the pot does not run; of the first run to come if there was none yet.
    /// `cancel_wait` drops the reply.
    WaitId wait(std::string_view name, Reply<Run> reply);
    void cancel_wait(WaitId id);

    using AttachId = std::uint64_t;
    using AttachReply = Reply<std::unique_ptr<ExecSession>>;
    /// The console of the main command. Of a pot that does not run: replies when its next run is
    /// launched, with everything from the first byte on; one client may wait so. `cancel_attach` drops the
    /// reply of one that waits.
    AttachId attach(std::string_view name, const AttachOptions& options, AttachReply reply);
    void cancel_attach(AttachId id);

    /// At start-up, once, after BaseService::recover: takes over the stored pots, adopts their runs,
    /// removes leftovers. Replies when every pot's state is true again.
    void recover(std::vector<Pot> stored, Reply<void> reply);

  private:
    struct Waiter {
        PotId pot;
        Reply<Run> reply;
    };

    struct WaitingConsole {
        AttachId id = 0;
        AttachOptions options;
        AttachReply reply;
    };

    /// The id of a pot, or replies NotFound.
    template <class T>
    std::optional<PotId> find_or_reply(std::string_view name, const Reply<T>& reply);
    [[nodiscard]] Status take_ids(Pot& pot);
    void make_files(std::shared_ptr<Pot> pot, const Base& base, Reply<PotPtr> reply);
    void store_new(const std::shared_ptr<Pot>& pot, const Reply<PotPtr>& reply);
    [[nodiscard]] Status check_spec(const PotSpec& spec);
    [[nodiscard]] Status check_hooks(const PotSpec& spec);
    [[nodiscard]] Status check_no_dependents(const Pot& pot, std::string_view verb) const;
    void stop_dependents(const std::vector<PotPtr>& dependents, Reply<void> reply);
    void on_change(const PotPtr& before, const PotPtr& next, const Run* done);
    void answer_waiters(const PotId& pot, const Result<Run>& answer);
    void connect_console(const RunKey& key);
    void adopt(const Pot& pot, const std::function<void()>& settled);
    void sweep(Reply<void> reply);

    Ports ports_;
    Supervisor& supervisor_;
    BaseService& bases_;
    EventFeed& feed_;
    Dependencies dependencies_;
    HealthMonitor health_;
    std::map<std::string, PotId, std::less<>> by_name_;
    std::set<std::string, std::less<>> reserved_;  ///< names of pots being created or renamed to
    std::unordered_map<PotId, std::vector<WaitId>> waits_of_;
    std::unordered_map<WaitId, Waiter> waiters_;
    WaitId next_wait_ = 1;
    std::unordered_map<PotId, WaitingConsole> consoles_;
    AttachId next_attach_ = 1;
};

}  // namespace potd::core
