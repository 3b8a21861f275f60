#pragma once

#include "core/port/clock.hpp"
#include "core/port/exec.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/port/runtime.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/sim_hooks.hpp"
#include "tests/sim/sim_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace potd::sim {

/// Processes and directories. What potd asks for does not happen at once but waits for `happen`, in any
/// order, and may go wrong. What exists outlives potd; nothing outlives a reboot but the directories.
class SimMachine : public core::Runtime, public core::FileSystem, public core::ExecHost {
  public:
    enum class Phase { Launching, Running, Ended };
    struct Life {
        Phase phase = Phase::Launching;
        bool linked = true;  ///< potd hears of it
        bool frozen = false;
        bool stuck = false;      ///< the freezer has failed
        bool stubborn = false;   ///< does not listen to SIGTERM
        bool asked = false;      ///< has got its stop signal, or its stop command has run
        bool left_over = false;  ///< a release of it has failed
        core::OomPolicy oom_policy = core::OomPolicy::Kill;
        std::int64_t oom_kills = 0;
        bool disowned = false;               ///< an adoption has failed: potd takes it for lost
        std::optional<core::Error> failure;  ///< of the launch
        core::NameFiles names{};
        core::WallTime started_at;
        core::ExitRecord end;
    };

    SimMachine(core::Executor& loop, core::Clock& clock, SimStore& store, SimHooks& hooks, Judge& judge)
        : loop_(loop), clock_(clock), store_(store), hooks_(hooks), judge_(judge) {}

    // Runtime
    void set_observer(core::RunObserver* observer) override { observer_ = observer; }
    core::Status check(const core::PotSpec&) override { return {}; }
    void launch(core::LaunchRequest request) override;
    core::Status signal(const core::RunKey& key, int number, const core::SignalTarget& target) override;
    void kill_all(const core::RunKey& key) override;
    void freeze(const core::RunKey& key, bool frozen, core::Reply<void> reply) override;
    core::Status put_names(const core::RunKey& key, const core::NameFiles& files) override;
    void release(const core::RunKey& key, core::Reply<void> reply) override;
    void adopt(const core::RunKey& key, const core::RunProcesses& stored,
               core::Reply<core::Adopted> reply) override;
    void sweep(const std::vector<core::RunKey>& live, core::Reply<std::vector<std::string>> reply) override;

    // FileSystem
    [[nodiscard]] std::string_view name() const override { return "sim"; }
    void create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) override;
    [[nodiscard]] core::StorageAbilities abilities() const override { return {true, false, true}; }
    void clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) override;
    void snapshot(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void prepare_limits(core::Reply<void> reply) override;
    void limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) override;
    void lend(const core::SnapshotKey& key, const core::Base& base,
              core::Reply<core::LentTree> reply) override;
    void give_back(const core::LentTree&) override {}
    [[nodiscard]] core::Status discard(const core::SnapshotKey& key) override;
    void measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) override;
    void measure(const core::PotId& id, core::Reply<std::int64_t> reply) override;
    [[nodiscard]] core::Result<core::RootFs> root(const core::PotId& id, const core::Base& base) override;
    [[nodiscard]] core::Status discard(const core::PotId& id) override;
    [[nodiscard]] std::string log_directory(const core::PotId& id) const override { return id.text; }
    core::Status sweep(const std::vector<core::PotId>& known, const std::vector<core::SnapshotKey>& kept,
                       const core::DiskLimits& limits) override;

    // ExecHost
    void exec(const core::RunKey& key, core::ExecRequest request,
              core::Reply<std::unique_ptr<core::ExecSession>> reply) override;
    void attach(const core::RunKey& key, const core::AttachOptions& options,
                core::Reply<std::unique_ptr<core::ExecSession>> reply) override;

    /// How many things could happen now.
    [[nodiscard]] std::size_t chances() const;
    /// One of them does; `how` picks the way.
    void happen(std::size_t which, std::uint32_t how);
    /// The likeliest of what is due happens, well. False if the machine is at rest.
    bool happen_well();
    /// The next calls that can fail at once do.
    void fail_files(std::size_t count) { failing_files_ = count; }

    void kill();    ///< potd dies
    void reboot();  ///< everything but the directories is gone

    std::map<core::RunKey, Life> lives;
    std::set<core::PotId> directories;
    std::set<core::PotId> undiscarded;  ///< directories that could not be removed
    std::set<core::SnapshotKey> snapshots;

  private:
    /// An answer that potd waits for.
    struct Due {
        std::string what;
        std::function<void(std::uint32_t how)> happen;
    };

    void run_out_of_memory(const core::RunKey& key, Life& life);
    void tell_oom(const core::RunKey& key, const Life& life);
    void expect_down(const core::PotId& pot, const char* when);
    void make_directory(const core::PotId& id, std::string what, core::Reply<void> reply);
    void push(std::string what, std::function<void(std::uint32_t how)> happen);
    void run_command(const core::RunKey& key, core::ExecSession::Done done, std::weak_ptr<bool> held);
    void remove_released(const core::RunKey& key, std::uint32_t how, core::Status& status);
    void check_end(const core::RunKey& key, const Life& life);
    void echo(std::size_t which);
    void answer(std::size_t which, std::uint32_t how);
    void happen_to(const core::RunKey& key, Life& life, std::uint32_t how);
    void come_up(const core::RunKey& key, Life& life);
    void fail_launch(const core::RunKey& key, Life& life, core::Error error);
    void end(const core::RunKey& key, Life& life, core::ExitRecord record);
    void end_somehow(const core::RunKey& key, Life& life, std::uint32_t how);
    core::Adopted look_at(const core::RunKey& key);
    void remove_stray(const core::RunKey& key);
    [[nodiscard]] bool owned(const core::RunKey& key) const;
    [[nodiscard]] bool take_file_failure();

    core::Executor& loop_;
    core::Clock& clock_;
    SimStore& store_;
    SimHooks& hooks_;
    Judge& judge_;
    core::RunObserver* observer_ = nullptr;
    std::vector<Due> due_;
    std::vector<std::pair<core::RunKey, core::ExitRecord>> echoes_;  ///< ends that may be told once more
    std::size_t failing_files_ = 0;
};

}  // namespace potd::sim
