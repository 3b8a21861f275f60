#pragma once

#include "core/model/id_ranges.hpp"
#include "core/model/pot.hpp"
#include "core/model/validate.hpp"
#include "core/port/exec.hpp"
#include "core/port/limiter.hpp"
#include "core/port/live_mounts.hpp"
#include "core/service/address_book.hpp"
#include "core/service/along.hpp"
#include "core/service/base_service.hpp"
#include "core/service/bridge_service.hpp"
#include "core/service/dependencies.hpp"
#include "core/service/health_monitor.hpp"
#include "core/service/lost_cables.hpp"
#include "core/service/pot_names.hpp"
#include "core/service/run_limits.hpp"
#include "core/service/stop_commands.hpp"
#include "core/service/supervisor.hpp"
#include "core/service/unstarted_pots.hpp"
#include "core/service/volume_service.hpp"

#include <cstdint>
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
        LiveMounts& mounts;
        Limiter& limiter;
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
        IdRanges ids{};                 ///< of pots with a user namespace
        milliseconds unstarted_age{0};  ///< after which a pot made for one run goes without one; 0: never
        std::string dns_pot{};          ///< the pot of the DNS mode pot; empty: there is none
        std::function<void(const std::string&)> complain{};  ///< for the log; may be empty
    };

    PotService(Ports ports, Supervisor& supervisor, BaseService& bases, VolumeService& volumes,
               BridgeService& bridges, EventFeed& feed);
    PotService(const PotService&) = delete;
    PotService& operator=(const PotService&) = delete;

    /// Is told of every change of every pot after it took effect, as Supervisor::OnChange is.
    void set_watch(Supervisor::OnChange watch) { watch_ = std::move(watch); }

    /// Is told of every pot that is new or stored, and of every change; null is gone.
    void set_schedule_watch(std::function<void(const PotId&, const PotPtr&)> watch) {
        schedule_watch_ = std::move(watch);
    }
    /// Asked before a pot is made; its error is the answer.
    void set_room(std::function<Status()> room) { room_ = std::move(room); }
    /// Is told of every pot that is gone.
    void add_gone(std::function<void(const PotId&)> gone) { gone_.push_back(std::move(gone)); }
    /// The snapshots that are to stay at the sweep; given by SnapshotService.
    void set_kept_snapshots(std::function<std::vector<SnapshotKey>()> kept) {
        kept_snapshots_ = std::move(kept);
    }

    // Reading: from memory, never waits.
    [[nodiscard]] std::vector<HealthCheck> health_checks(const PotId& id) const {
        return health_.history(id);
    }
    [[nodiscard]] PotPtr find(std::string_view name_or_id) const;
    /// By its id alone, as another may have that for its name once the pot is gone.
    [[nodiscard]] PotPtr with_id(std::string_view id) const;
    /// Up to `limit` pots in name order, after the name `after` (exclusive, empty = from the start).
    [[nodiscard]] std::vector<PotPtr> list(std::string_view after, std::size_t limit) const;
    [[nodiscard]] std::size_t count() const { return by_name_.size(); }
    /// What of its limits is potd's doing now, beside what was asked for.
    struct LimitsNow {
        std::vector<int> cpus;              ///< where it is, of one that runs on a number of CPUs
        std::vector<LeftOut> not_enforced;  ///< as best_effort has it
    };
    [[nodiscard]] LimitsNow limits_now(const Pot& pot) const;
    /// Grows whenever LimitsNow may be another for a pot that is the same.
    [[nodiscard]] std::uint64_t placements() const { return run_limits_.placements(); }
    /// What it is told by routers, beside what it is given: not of the snapshot, and another any time.
    [[nodiscard]] bool has_uplink(const Pot& pot) const { return bridges_.has_uplink(pot.spec); }
    [[nodiscard]] BridgeService::Advertised advertised(const Pot& pot) const {
        return bridges_.advertised(pot);
    }
    /// As FileSystem::copied, also of one that is being created under this name.
    [[nodiscard]] std::optional<std::int64_t> copied(std::string_view name_or_id) const;

    /// For a pot to come (Along::new_pot).
    [[nodiscard]] PotId new_id() const { return ports_.new_id(); }
    /// Conflict if the name or an address is taken; NotFound (field "base") for an unknown base;
    /// InvalidArgument for an unknown volume.
    void create(PotSpec spec, Reply<PotPtr> reply, Along along = {}) {
        create(std::move(spec), std::nullopt, std::move(reply), std::move(along));
    }
    /// With the files of a snapshot, which the caller keeps there until the reply.
    struct Source {
        PotOrigin origin;
        bool is_clone = true;  ///< the pot counts as a clone of it
    };
    /// With `unfinished` it is only begun: whoever asked goes on with it and ends that (FlavourService).
    using Begun = std::optional<IfUnfinished>;
    void create(PotSpec spec, std::optional<Source> source, Reply<PotPtr> reply, Along along,
                Begun unfinished = {});
    /// What `create` would refuse before it makes anything, for those who have something else to make first.
    [[nodiscard]] Status check_creatable(PotSpec spec) const;
    /// Conflict (field "name") if a pot has it, or is getting it.
    [[nodiscard]] Status check_free_name(const std::string& name) const;
    /// What `create` would say of the spec itself, but for its addresses; with `present` what `change` would.
    [[nodiscard]] Status check_new(const PotSpec& spec, const PotSpec* present = nullptr) const;
    /// For the maker of an unfinished pot: its next spec, and what is still to come for it; null: it is
    /// finished. Conflict if it is not unfinished any more.
    void go_on(const PotId& id, PotSpec next, UnfinishedPtr unfinished, Reply<PotPtr> reply,
               Along along = {});
    void start_unfinished(const PotId& id, Reply<PotPtr> reply);
    /// A finished pot that does not run becomes unfinished, with whoever asks as its maker.
    void reopen(const PotPtr& pot, UnfinishedPtr unfinished, Reply<PotPtr> reply, Along along);
    /// The pot does not count as a clone any more: its source may go. Conflict if it is not one.
    void promote(std::string_view name, Reply<PotPtr> reply, Along along = {});
    /// The names of the pots that count as clones of this one.
    [[nodiscard]] std::vector<std::string> clones_of(const PotId& id) const;
    /// Takes effect at the next start, but for limits and ports, which hold when it replies, or, of a pot
    /// that is starting, when it runs, and what names there are for it, as far as Runtime::put_names goes.
    /// InvalidArgument for name, base, type and level, which have verbs of their own or cannot change.
    /// Conflict for an address of another pot, and for one that a pot which runs would give up; also for a
    /// mount of a volume that a live pot would give up.
    void change(std::string_view name, const PotPatch& patch, Reply<PotPtr> reply, Along along = {});
    /// The pot as `change` would leave it; nothing is changed. What only turns out on the way, such as a port
    /// or an address that is another's, or a limit below what a run uses, does not count.
    [[nodiscard]] Result<PotPtr> preview(std::string_view name, const PotPatch& patch) const;
    /// One more mount, after those there are, in the spec and in the run if one is up; where it cannot be
    /// shown there it is not in the spec either. After a crash in between the next start makes it.
    void mount(std::string_view name, const MountSpec& mount, Reply<PotPtr> reply, Along along = {});
    /// The mount on this target goes, from the run and from the spec. Conflict while processes of the run use
    /// it; NotFound (field "target") if there is none.
    void unmount(std::string_view name, const std::string& target, Reply<PotPtr> reply, Along along = {});
    /// Conflict if the pot is live or the new name is taken.
    void rename(std::string_view name, const std::string& new_name, Reply<PotPtr> reply, Along along = {});
    /// A live pot needs `force`, else Conflict.
    /// So does one that others depend on, or that has clones. Conflict for a base pot, which goes with its
    /// base.
    void destroy(std::string_view name, bool force, Reply<void> reply, Along along = {});

    /// What the pot depends on is started first. Replies when the command runs, or with why it could not (the
    /// pot is then Failed).
    void start(std::string_view name, Reply<PotPtr> reply, Along along = {});
    /// Running pots that depend on it are stopped first, each with its own timeout. Replies when the run has
    /// ended, is cleaned up and its poststop hooks are through. Idempotent; a second stop joins the first.
    /// The pot in the reply is null if it was to be removed on exit.
    void stop(std::string_view name, const StopRequest& request, Reply<PotPtr> reply, Along along = {});
    using Ended = std::function<void(std::size_t ended, std::size_t of)>;
    /// Stops every pot that is up or waits for its next run, dependents first; replies with their names in
    /// the order they ended, or with the first error once all have been tried.
    /// `told` how many have ended of how many, at first and after each.
    void stop_all(Reply<std::vector<std::string>> reply, Ended told = {});
    /// Starts a pot that does not run. What is up on top of it goes down first, as at a stop, and comes up
    /// again after it, by itself and also if potd dies meanwhile. Replies when the pot's command runs;
    /// whether its dependents do, shows in their states.
    void restart(std::string_view name, const StopRequest& request, Reply<PotPtr> reply, Along along = {});
    /// Sends a signal. Conflict if the pot does not run, NotFound if none of the processes is there any more.
    void kill(std::string_view name, int signal_number, const SignalTarget& target, Reply<PotPtr> reply);
    void pause(std::string_view name, Reply<PotPtr> reply, Along along = {});
    /// The same for a rule of pressure (Pot::frozen_by).
    void freeze_for(const std::string& rule, std::string_view name, Reply<PotPtr> reply);
    void resume(std::string_view name, Reply<PotPtr> reply, Along along = {});

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
    void recover(const std::vector<Pot>& stored, Reply<void> reply);

  private:
    class BasePotMaking;
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
    [[nodiscard]] VolumeService::Uses volume_uses() const;
    [[nodiscard]] BridgeService::Uses bridge_uses() const;
    [[nodiscard]] Status settle_networks(const std::vector<Pot>& stored) const;
    [[nodiscard]] Result<MountSpec> resolved(const MountSpec& mount) const;
    void change_mounts(const PotPtr& pot, PotSpec next, std::uint32_t run, Reply<PotPtr> reply, Along along);
    void show(const PotPtr& pot, const MountSpec& mount, std::uint32_t run, const Reply<PotPtr>& reply);
    void take_back(const PotPtr& pot, const MountSpec& mount, std::uint32_t run, Error cause,
                   const Reply<PotPtr>& reply);
    void forget_mount(const PotPtr& pot, const MountSpec& mount, std::uint32_t run, bool was_shown,
                      const Reply<PotPtr>& reply, Along along);
    void make_files(const std::shared_ptr<Pot>& pot, const Base& base, const std::optional<Source>& source,
                    Reply<PotPtr> reply, Along along);
    void make_limits(const PotSpec& spec, Reply<void> ready);
    [[nodiscard]] Reply<void> limited(const std::shared_ptr<Pot>& pot, Reply<void> made);
    [[nodiscard]] Status check_limit(const PotSpec& spec, const PotSpec* present) const;
    struct LimitChange;
    using LimitChangePtr = std::shared_ptr<LimitChange>;
    [[nodiscard]] std::int64_t disk_limit(const Limits& limits) const;
    /// What `patch` makes of the pot's spec, if that may be.
    [[nodiscard]] Result<PotSpec> changed(const Pot& pot, const PotPatch& patch) const;
    [[nodiscard]] bool limits_change(const Pot& pot, const PotSpec& next) const;
    void change_limits(const PotPtr& pot, const PotSpec& next, Reply<PotPtr> reply, Along along);
    void put_limits(const LimitChangePtr& change);
    void put_disk_limit(const LimitChangePtr& change);
    void put_run_limits(const LimitChangePtr& change);
    void store_limits(const LimitChangePtr& change);
    void put_limits_back(const LimitChangePtr& change, Error cause);
    void store_change(const PotPtr& pot, PotSpec next, Reply<PotPtr> reply, Along along);
    void put_ports(const PotPtr& pot, const Reply<PotPtr>& reply);
    [[nodiscard]] Result<PotPtr> put_rates(const PotPtr& pot);
    void store_new(const std::shared_ptr<Pot>& pot, const std::optional<Source>& source,
                   const Reply<PotPtr>& reply, const Along& along);
    void take_in_new(const Pot& pot, const Along& along, const Result<std::vector<Event>>& recorded);
    [[nodiscard]] static Event creation_of(const Pot& pot);
    void take_in(const Pot& pot);
    /// What bases are given to know of their pots.
    void serve_bases();
    [[nodiscard]] Result<std::shared_ptr<NewBasePot>> reserve_base_pot(PotSpec spec);
    [[nodiscard]] std::uint32_t revision_for(const Base& base, const std::optional<Source>& source) const;
    [[nodiscard]] Status check_not_base_pot(const Pot& pot, std::string_view verb) const;
    void destroy_any(const PotPtr& pot, bool force, Reply<void> reply, Along along);
    /// `present`: what the pot is now, null for a new one.
    [[nodiscard]] Status check_spec(const PotSpec& spec, const PotId& id,
                                    const PotSpec* present = nullptr) const;
    [[nodiscard]] Status check_parts(const PotSpec& spec, const PotSpec* present) const;
    [[nodiscard]] Status check_hooks(const PotSpec& spec) const;
    [[nodiscard]] Status check_snapshots(const PotSpec& spec) const;
    [[nodiscard]] Status check_no_dependents(const Pot& pot, std::string_view verb) const;
    [[nodiscard]] Status check_no_clones(const Pot& pot) const;
    void ask_restart(const PotId& id, const StopRequest& request, Reply<PotPtr> reply, Along along);
    void stop_dependents(const std::vector<PotPtr>& dependents, Reply<void> reply);
    void on_change(const PotPtr& before, const PotPtr& next, const Run* done);
    void answer_waiters(const PotId& pot, const Result<Run>& answer);
    void connect_console(const RunKey& key);
    void adopt(const Pot& pot, const std::function<void()>& settled);
    void sweep(Reply<void> reply);
    [[nodiscard]] UnstartedPots::Ports unstarted_ports();
    void drop_unstarted(const Pot& pot, milliseconds age, Reply<void> reply);

    Ports ports_;
    Supervisor& supervisor_;
    BaseService& bases_;
    VolumeService& volumes_;
    BridgeService& bridges_;
    EventFeed& feed_;
    Dependencies dependencies_;
    AddressBook addresses_;
    HealthMonitor health_;
    StopCommands stop_commands_;
    UnstartedPots unstarted_;
    PotNames names_;
    RunLimits run_limits_;
    LostCables lost_cables_;
    Supervisor::OnChange watch_;
    std::function<void(const PotId&, const PotPtr&)> schedule_watch_;
    std::vector<std::function<void(const PotId&)>> gone_;
    std::function<Status()> room_;
    std::function<std::vector<SnapshotKey>()> kept_snapshots_;
    std::map<std::string, PotId, std::less<>> by_name_;
    std::map<std::string, PotId, std::less<>> reserved_;  ///< names of pots being created or renamed to
    std::unordered_map<PotId, std::vector<WaitId>> waits_of_;
    std::unordered_map<WaitId, Waiter> waiters_;
    WaitId next_wait_ = 1;
    std::unordered_map<PotId, WaitingConsole> consoles_;
    AttachId next_attach_ = 1;
};

}  // namespace potd::core
