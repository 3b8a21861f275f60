#pragma once

#include "core/lifecycle/life.hpp"
#include "core/port/clock.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/port/hook_runner.hpp"
#include "core/port/journal.hpp"
#include "core/port/runtime.hpp"
#include "core/service/along.hpp"
#include "core/service/event_feed.hpp"

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace potd::core {

/// A pot as it was at one moment; never changes once handed out. A change makes a new one with a
/// higher version, so pointers may be kept and compared.
using PotPtr = std::shared_ptr<const Pot>;

/// Drives the pure function core/lifecycle for every pot: one event at a time per pot, recorded in the
/// journal before its effects run. Loop thread only.
///
/// When a record cannot be written (disk full): a request fails with that error and the pot stays as
/// it was; an observation is kept and tried again every second, its pot's other events wait behind it.
class Supervisor : public RunObserver {
  public:
    struct Ports {
        Journal& journal;
        Runtime& runtime;
        HookRunner& hooks;
        FileSystem& files;
        Clock& clock;
        Timers& timers;
        Executor& executor;
        std::string boot_id;
        std::function<std::uint32_t()> random;
        /// The root of a pot's next run.
        std::function<Result<RootFs>(const Pot&)> root;
        /// Its spec as the runtime takes it: volumes and datasets are directories (VolumeService::resolved).
        std::function<Result<PotSpec>(const PotSpec&)> resolved;
        /// Something failed that no request waits for; for the log.
        std::function<void(const std::string&)> complain;
        /// Around the life of a run: what of bridges it needs (BridgeService).
        std::function<Result<std::vector<Connection>>(const RunKey&, const Pot&)> connect;
        std::function<Status(const RunKey&)> disconnect;
    };
    /// Told of every change after it took effect: `next` is null when the pot is gone, `done` the run that is
    /// over with this change, null if none is.
    using OnChange = std::function<void(const PotPtr& before, const PotPtr& next, const Run* done)>;

    /// Who waits for the console of a pot's next run.
    struct Consoles {
        std::function<bool(const PotId&)> wanted;
        std::function<void(const RunKey&)> launched;  ///< right after a launch for which `wanted` was true
    };

    /// Brings up what a run depends on; answers by observing DependenciesSettled.
    using AwaitPots = std::function<void(const RunKey&)>;

    Supervisor(Ports ports, EventFeed& feed);

    /// Runs a stop command inside a run; answers by observing StopCommandDone.
    using StopCommand = std::function<void(const RunKey&, const std::vector<std::string>&, milliseconds)>;
    void set_stop_command(StopCommand run) { stop_command_ = std::move(run); }

    void set_await_pots(AwaitPots await_pots) { await_pots_ = std::move(await_pots); }

    /// What the files of names of a run say at its launch.
    using Names = std::function<Result<NameFiles>(const Pot&)>;
    void set_names(Names names) { names_ = std::move(names); }

    /// The limits of a run at its launch; its spec's without.
    using LaunchLimits = std::function<Limits(const Pot&)>;
    void set_limits(LaunchLimits limits) { limits_ = std::move(limits); }

    void set_consoles(Consoles consoles) { consoles_ = std::move(consoles); }

    /// Is told of every hook that has ended.
    using OnHook = std::function<void(HookStage, const HookResult&, milliseconds took)>;
    void set_on_hook(OnHook on_hook) { on_hook_ = std::move(on_hook); }

    void set_on_change(OnChange on_change) { on_change_ = std::move(on_change); }

    /// Takes a pot under supervision; it is stored already.
    PotPtr add(Pot pot);
    [[nodiscard]] PotPtr find(const PotId& id) const;
    /// True while an event of the pot is under way or queued.
    [[nodiscard]] bool busy(const PotId& id) const;

    /// Makes a request of a user: `make` gets the number it must carry. The reply comes when the request's
    /// goal is reached and its intent is durable, with the pot as it then is (null when it is gone).
    void request(const PotId& id, const std::function<LifeEvent(RequestId)>& make, Reply<PotPtr> reply,
                 Along along = {});
    /// Feeds an observation of the machine.
    void observe(const PotId& id, LifeEvent event);

    /// Calls `then` once the pot's state is true and recorded: nothing is under way or queued, and a run
    /// that has ended is cleaned up. At once if that is so, or if the pot is gone.
    void when_settled(const PotId& id, std::function<void()> then);

    /// Keeps the life of a pot still for a while: `then` is called, on the loop, once nothing of it is under
    /// way, with the pot as it is (null when there is none any more); from then on what happens to it waits,
    /// requests and observations, until `let_go`. One at a time; others wait for their turn.
    void hold(const PotId& id, std::function<void(PotPtr)> then);
    void let_go(const PotId& id);

    /// All runs that may have something on the machine.
    [[nodiscard]] std::vector<RunKey> live_runs() const;

    // RunObserver
    void on_spawned(const RunKey& key, const ProcessIdentity& monitor) override;
    void on_started(const RunKey& key, const RunProcesses& processes, WallTime at) override;
    void on_launch_failed(const RunKey& key, const Error& error) override;
    void on_oom(const RunKey& key, const OomFacts& facts) override;
    void on_exited(const RunKey& key, const ExitRecord& record) override;

  private:
    /// Thousands of them are idle: what is empty holds no memory.
    struct Entry {
        std::shared_ptr<const Life> life;  ///< replaced as a whole
        PotPtr pot;                        ///< that of `life`, or of the one since which the pot is the same
        std::list<LifeEvent> queue;
        bool committing = false;
        Timers::Id timer = 0;
        std::vector<std::function<void()>> when_settled;
        bool held = false;
        std::list<std::function<void(PotPtr)>> holders;  ///< who wait for their turn
        /// Could not be recorded and nothing waited for it: goes with the next record, before the rows whole.
        std::optional<std::vector<Event>> owed;
        /// Its pot is not copied: it keeps the life alive.
        void show() { pot = {life, &life->pot}; }
    };
    struct Request {
        Reply<PotPtr> reply;
        int undurable = 0;             ///< intents under way that its answer tells of
        std::function<void()> answer;  ///< set when the goal was reached before they were durable
        Along along;                   ///< may be empty
    };
    /// One transition on its way through the journal.
    struct Record {
        Outcome outcome;
        LifeEvent event;
        std::vector<RequestId> promised;         ///< whose answers wait until it is durable
        std::optional<std::vector<Event>> owed;  ///< what went with it
        bool done = false;
        bool discards = false;  ///< the pot's files go once it is durable
    };

    [[nodiscard]] static bool settled(const Entry& entry);
    void give_turn(Entry& entry);
    void submit(const PotId& id, LifeEvent event);
    void drain(const PotId& id);
    void step(const PotId& id, Entry& entry, LifeEvent event);
    void commit(const PotId& id, Outcome outcome, LifeEvent event);
    void commit_lazily(const PotId& id, const Outcome& outcome);
    void not_recorded_lazily(const PotId& id, const std::vector<Event>& events, const Error& error);
    void catch_up_later(const PotId& id);
    void catch_up(const PotId& id);
    [[nodiscard]] std::vector<RequestId> promise(const Outcome& outcome, RequestId request);
    void take_along(const Outcome& outcome, const std::vector<RequestId>& promised,
                    std::vector<Change>& changes) const;
    void recorded(const PotId& id, Record& record, Result<std::vector<Event>> result);
    void not_recorded(const PotId& id, Record& record, const Error& error);
    void durable(const PotId& id, const Record& record, const Status& status);
    void adopt(const PotId& id, Outcome outcome);
    void drop(const PotId& id);
    void durable(RequestId request, bool done, const Status& status);
    void answer(RequestId request, Result<PotPtr> result);
    void publish(const std::vector<Event>& events);

    void act(const PotId& id, const Effect& effect, const PotPtr& pot);
    void launch(const PotId& id, std::uint32_t run);
    void send_signal(const PotId& id, const SendSignal& effect);
    void run_hook(const PotId& id, const RunHook& effect);
    void arm_timer(const PotId& id, const ArmTimer& effect);
    void cancel_timer(const PotId& id);
    void set_frozen(const PotId& id, const SetFrozen& effect);
    void release(const PotId& id, std::uint32_t run);
    void discard(const PotId& id);

    Ports ports_;
    EventFeed& feed_;
    OnChange on_change_;
    OnHook on_hook_;
    Consoles consoles_;
    AwaitPots await_pots_;
    StopCommand stop_command_;
    Names names_;
    LaunchLimits limits_;
    std::unordered_map<PotId, std::unique_ptr<Entry>> entries_;
    std::unordered_map<RequestId, Request> requests_;
    RequestId next_request_ = 1;
};

}  // namespace potd::core
