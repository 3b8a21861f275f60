#pragma once

#include "core/port/clock.hpp"
#include "core/port/datasets.hpp"
#include "core/port/exec.hpp"
#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/port/hook_runner.hpp"
#include "core/port/limiter.hpp"
#include "core/port/live_mounts.hpp"
#include "core/port/prober.hpp"
#include "core/port/runtime.hpp"
#include "core/port/volume_store.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace potd::fakes {

/// A machine whose runs do what the test says. Nothing is told to the observer inside a call.
class FakeRuntime : public core::Runtime {
  public:
    enum class Phase { Launching, Running, Ended };
    struct FakeRun {
        Phase phase = Phase::Launching;
        bool frozen = false;
        core::ExitRecord end;
        core::LaunchRequest request;
    };

    explicit FakeRuntime(core::Executor& loop) : loop_(loop) {}

    void set_observer(core::RunObserver* observer) override { observer_ = observer; }
    core::Status check(const core::PotSpec&) override {
        return check_error ? core::Status(*check_error) : core::Status();
    }
    void launch(core::LaunchRequest request) override;
    core::Status signal(const core::RunKey& key, int signal_number,
                        const core::SignalTarget& target) override;
    void kill_all(const core::RunKey& key) override;
    void freeze(const core::RunKey& key, bool frozen, core::Reply<void> reply) override;
    core::Status put_names(const core::RunKey& key, const core::NameFiles& files) override;
    void release(const core::RunKey& key, core::Reply<void> reply) override;
    void adopt(const core::RunKey& key, const core::RunProcesses& stored,
               core::Reply<core::Adopted> reply) override;
    void sweep(const std::vector<core::RunKey>& live, core::Reply<std::vector<std::string>> reply) override;

    // What the test makes happen.
    void come_up(const core::RunKey& key);
    void fail_launch(const core::RunKey& key, core::Error error);
    void end(const core::RunKey& key, core::ExitRecord record);
    void exit(const core::RunKey& key, int code);

    bool start_at_once = true;  ///< launch leads to Started by itself
    bool obey_signals = true;   ///< SIGTERM ends a run
    std::optional<core::Error> freeze_error;
    std::optional<core::Error> check_error;
    std::optional<core::Error> names_error;
    std::size_t names_put = 0;             ///< how often
    std::map<core::RunKey, FakeRun> runs;  ///< what exists on the machine
    std::vector<std::string> calls;        ///< "launch 1", "signal 1 15", "kill 1", "release 1" …
    std::vector<std::int32_t> signalled;   ///< the processes that the last signal was for, if for some
    std::size_t most_live_runs_of_a_pot = 0;

  private:
    [[nodiscard]] static core::RunProcesses processes_of(const FakeRun& run);

    core::Executor& loop_;
    core::RunObserver* observer_ = nullptr;
};

/// Hooks that succeed at once, or do what the test says.
class FakeHookRunner : public core::HookRunner {
  public:
    struct Execution {
        core::HookRequest request;
        Done done;
        bool ended = false;
        bool cut = false;  ///< potd died while it ran

        [[nodiscard]] std::string variable(std::string_view name) const;
        [[nodiscard]] bool is(std::string_view stage) const { return variable("POTD_HOOK") == stage; }
    };

    FakeHookRunner(core::Executor& loop, core::Clock& clock) : loop_(loop), clock_(clock) {}

    core::Status check(const core::HookSpec&, std::string_view) override { return {}; }
    void run(core::HookRequest request, Done done) override;
    void cancel(const core::RunKey& key) override;
    core::Status sweep() override;

    /// The hook of this run ends; exit code 0 is success.
    void end(const core::RunKey& key, int exit_code);
    [[nodiscard]] bool under_way(const core::RunKey& key) const;
    /// potd dies: nobody hears of hooks that still run.
    void drop();

    bool end_at_once = true;
    int exit_code = 0;                    ///< of hooks that end at once
    std::string output;                   ///< of every hook
    std::vector<Execution> executions;    ///< all of them, in the order they began
    std::size_t most_hooks_of_a_run = 0;  ///< at the same time

  private:
    void finish(Execution& execution, int exit_code, std::string problem);

    core::Executor& loop_;
    core::Clock& clock_;
};

/// Finds what the test says.
class FakeProber : public core::Prober {
  public:
    explicit FakeProber(core::Executor& loop) : loop_(loop) {}
    void probe(const core::ProbeRequest& request, core::Reply<std::string> reply) override;

    std::optional<core::Error> problem;
    std::vector<core::RunKey> probed;
    bool hold = false;  ///< answers wait for `answer`
    void answer();

  private:
    core::Executor& loop_;
    std::vector<core::Reply<std::string>> held_;
};

/// Notes who was asked for. Commands run when the test lets them, and end when it says so; consoles are none.
class FakeExecHost : public core::ExecHost {
  public:
    explicit FakeExecHost(core::Executor& loop) : loop_(loop) {}
    void exec(const core::RunKey& key, core::ExecRequest request,
              core::Reply<std::unique_ptr<core::ExecSession>> reply) override;
    void attach(const core::RunKey& key, const core::AttachOptions& options,
                core::Reply<std::unique_ptr<core::ExecSession>> reply) override;

    struct Execution {
        core::RunKey key;
        core::ExecRequest request;
        core::ExecSession::Done done;  ///< empty until the session was started
        std::weak_ptr<void> session;   ///< expired once its owner has let go
        std::vector<int> signals;
        core::ExecSession::Output output = {};
    };
    /// The command of this number, from 0, ends; nobody hears of it if its session is gone.
    void end(std::size_t which, int exit_code);

    std::optional<core::Error> exec_error = core::error(core::ErrorKind::Unsupported, "a fake runs nothing");
    std::vector<std::shared_ptr<Execution>> executions;  ///< without `exec_error`, in the order they began
    std::vector<core::RunKey> attached;
    std::vector<bool> lossless;  ///< of each of them

  private:
    core::Executor& loop_;
};

class FakeFileSystem : public core::FileSystem {
  public:
    explicit FakeFileSystem(core::Executor& loop) : loop_(loop) {}

    [[nodiscard]] std::string_view name() const override { return "fake"; }
    [[nodiscard]] core::StorageAbilities abilities() const override { return can; }
    void create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) override;
    void clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) override;
    [[nodiscard]] core::Result<core::RootFs> root(const core::PotId& id, const core::Base& base) override;
    [[nodiscard]] core::Status discard(const core::PotId& id) override;
    [[nodiscard]] std::string log_directory(const core::PotId& id) const override {
        return "/log/" + id.text;
    }
    void snapshot(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::SnapshotKey& key, core::Reply<void> reply) override;
    void prepare_limits(core::Reply<void> reply) override;
    void limit(const core::PotId& id, std::int64_t bytes, core::Reply<void> reply) override;
    void lend(const core::SnapshotKey& key, const core::Base& base,
              core::Reply<core::LentTree> reply) override;
    void give_back(const core::LentTree& tree) override;
    [[nodiscard]] core::Status discard(const core::SnapshotKey& key) override;
    void measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) override;
    void measure(const core::PotId& id, core::Reply<std::int64_t> reply) override;
    core::Status sweep(const std::vector<core::PotId>& known, const std::vector<core::SnapshotKey>& snapshots,
                       const core::DiskLimits& recorded) override;
    [[nodiscard]] std::optional<std::int64_t> copied(const core::PotId& /*id*/) const override {
        return copied_bytes;
    }

    std::optional<std::int64_t> copied_bytes;  ///< of whatever pot
    core::StorageAbilities can{true, false, true};
    std::optional<core::Error> create_error;
    std::optional<core::Error> root_error;
    std::optional<core::Error> snapshot_error;           ///< also of a rollback
    std::optional<core::Error> measure_error;            ///< of snapshots
    std::optional<core::Error> limit_error;              ///< also of their preparation
    core::DiskLimits limits;                             ///< that hold
    std::map<core::PotId, std::string> content;          ///< of pots, what the test wrote there
    std::map<core::SnapshotKey, std::string> snapshots;  ///< what was there at that time
    std::set<core::PotId> exist;
    std::multiset<core::SnapshotKey> lent;

  private:
    void answer(core::Reply<void> reply, const std::optional<core::Error>& error);
    core::Executor& loop_;
};

/// Notes what is mounted in which run.
class FakeLiveMounts : public core::LiveMounts {
  public:
    explicit FakeLiveMounts(core::Executor& loop) : loop_(loop) {}
    [[nodiscard]] core::Status check() const override { return able; }
    void mount(const core::RunKey& key, const core::MountSpec& mount, std::uint32_t first_host_id,
               core::Reply<void> reply) override;
    void unmount(const core::RunKey& key, const core::MountSpec& mount, core::Reply<void> reply) override;

    core::Status able;
    std::optional<core::Error> error;  ///< of mounts and unmounts
    std::map<core::RunKey, std::vector<core::MountSpec>> shown;

  private:
    core::Executor& loop_;
};

/// Notes which limits runs have since they were changed.
class FakeLimiter : public core::Limiter {
  public:
    explicit FakeLimiter(core::Executor& loop) : loop_(loop) {}
    [[nodiscard]] std::vector<core::LeftOut> left_out(const core::Limits&) const override { return lacks; }
    void set(const core::RunKey& key, const core::Limits& limits, core::Reply<void> reply) override;

    std::vector<core::LeftOut> lacks;
    std::optional<core::Error> error;
    bool hold = false;  ///< answers wait for `answer`; what is asked for is done then
    void answer();
    std::map<core::RunKey, core::Limits> held;
    /// Memory of the runs that there are, if any is named: any other is not found.
    std::map<core::RunKey, std::int64_t> in_use;
    std::size_t calls = 0;

  private:
    [[nodiscard]] core::Status put(const core::RunKey& key, const core::Limits& limits);

    core::Executor& loop_;
    std::vector<std::function<void()>> waiting_;
};

/// Datasets that the test has mounted.
class FakeDatasets : public core::Datasets {
  public:
    [[nodiscard]] core::Result<std::string> mountpoint(const std::string& dataset) const override {
        if (error) return *error;
        const auto found = mounted.find(dataset);
        if (found == mounted.end())
            return core::error(core::ErrorKind::NotFound, dataset + " is not mounted");
        return found->second;
    }

    std::optional<core::Error> error;
    std::map<std::string, std::string> mounted;
};

/// Directories that are only names and what the test has written there.
class FakeVolumeStore : public core::VolumeStore {
  public:
    explicit FakeVolumeStore(core::Executor& loop) : loop_(loop) {}

    void create(const std::string& name, core::Reply<void> reply) override;
    [[nodiscard]] std::string path(std::string_view name) const override {
        return "/fscomp/" + std::string(name);
    }
    void measure(const std::string& name, core::Reply<std::int64_t> reply) override;
    void measure(const core::VolumeSnapshotKey& key, core::Reply<std::int64_t> reply) override;
    [[nodiscard]] core::Status discard(const std::string& name) override;
    [[nodiscard]] bool has_quotas() const override { return can_limit; }
    void limit(const std::string& name, std::int64_t bytes, core::Reply<void> reply) override;
    [[nodiscard]] bool shares(std::string_view /*name*/) const override { return can_share; }
    void snapshot(const core::VolumeSnapshotKey& key, core::Reply<void> reply) override;
    void rollback(const core::VolumeSnapshotKey& key, core::Reply<void> reply) override;
    void clone(const core::VolumeSnapshotKey& source, const std::string& name,
               core::Reply<void> reply) override;
    [[nodiscard]] core::Status discard(const core::VolumeSnapshotKey& key) override;
    [[nodiscard]] core::Status sweep(const std::vector<std::string>& known,
                                     const std::vector<core::VolumeSnapshotKey>& known_snapshots,
                                     const core::VolumeLimits& recorded) override;

    bool can_share = false;
    bool can_limit = false;
    std::optional<core::Error> limit_error;
    core::VolumeLimits limits;  ///< that hold
    std::optional<core::Error> create_error;
    std::optional<core::Error> snapshot_error;  ///< also of a rollback
    std::optional<core::Error> measure_error;   ///< of snapshots
    std::map<std::string, std::int64_t> exist;  ///< with their bytes
    std::map<core::VolumeSnapshotKey, std::int64_t> snapshots;

  private:
    void answer(core::Reply<void> reply, core::Status status);
    core::Executor& loop_;
};

class FakeBaseStore : public core::BaseStore {
  public:
    explicit FakeBaseStore(core::Executor& loop) : loop_(loop) {}

    void install(const core::BaseRequest& request, Progress progress, core::Reply<core::Base> reply) override;
    void cancel(std::string_view name) override;
    void remove(const core::Base& base, core::Reply<void> reply) override;
    core::Status sweep(const std::vector<core::Base>& known) override;

    bool hold = false;  ///< installs wait for `finish`, or `cancel`
    void finish();
    std::optional<core::Error> install_error;
    std::set<std::string> installed;
    std::map<std::string, std::string> content;  ///< of those made of a pot: what the test wrote there

  private:
    core::Executor& loop_;
    std::map<std::string, std::pair<core::Base, core::Reply<core::Base>>> held_;
};

}  // namespace potd::fakes
