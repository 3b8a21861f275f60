#pragma once

#include "core/base/result.hpp"
#include "core/model/connection.hpp"
#include "core/model/name_files.hpp"
#include "core/model/pot.hpp"
#include "core/model/root_fs.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace potd::core {

/// Everything the runtime needs to bring one run to life.
struct LaunchRequest {
    RunKey key;
    PotSpec spec;  ///< of a mount of a volume the source is the volume's directory
    RootFs root;
    std::string log_directory;  ///< exists; the monitor writes and rotates its files there
    /// Somebody waits for the console: it is connected before the command runs, so that the ExecHost::attach
    /// that follows misses no byte.
    bool console = false;
    /// With security.user_namespace: the pot's ids 0 to 65535 are this and the following ones on the host.
    std::uint32_t first_host_id = 0;
    std::vector<Connection> connections{};  ///< on bridges that are there (Networks::connect)
    NameFiles names{};
};

/// What became of a run that was live when potd last ran.
struct Adopted {
    enum class Kind {
        Starting,  ///< the monitor is still at work; Started or LaunchFailed will follow
        Running,
        Ended,   ///< `end` holds the true record
        Lost,    ///< no monitor and no record; `end.reason` says what is known
        Absent,  ///< there is no trace of it: it was never launched, or all was removed; `end` as for Lost
    };
    Kind kind = Kind::Lost;
    RunProcesses processes;
    WallTime started_at;
    ExitRecord end;
};

/// What the runtime tells about runs. Called on the loop thread, never from inside a runtime call.
class RunObserver {
  public:
    virtual ~RunObserver() = default;
    /// The monitor has begun; its identity is known. Comes before any of the next.
    virtual void on_spawned(const RunKey& key, const ProcessIdentity& monitor) = 0;
    /// The command runs (its exec succeeded), or, without a command, init is ready.
    virtual void on_started(const RunKey& key, const RunProcesses& processes, WallTime at) = 0;
    /// It never ran; processes are gone; `release` is still due.
    virtual void on_launch_failed(const RunKey& key, const Error& error) = 0;
    /// The kernel has killed processes of it for memory; it may run on. Comes again for further ones.
    virtual void on_oom(const RunKey& key, const OomFacts& facts) = 0;
    /// It ran and ended, every process of it is gone; `release` is still due.
    virtual void on_exited(const RunKey& key, const ExitRecord& record) = 0;
};

/// Whom of a run a signal is for.
struct SignalTarget {
    enum Whom { Main, All, Processes };
    Whom whom = Main;
    std::vector<std::int32_t> pids;  ///< with Processes: on the host; one that is not the run's gets nothing

    SignalTarget(Whom chosen) : whom(chosen) {}  // NOLINT(google-explicit-constructor): reads as the value
    explicit SignalTarget(std::vector<std::int32_t> chosen) : whom(Processes), pids(std::move(chosen)) {}
};

/// The life of runs on this machine: sandbox, monitor, signals, end. One instance; loop thread only.
/// Calls return at once. A run is known by its key alone, across restarts of potd.
class Runtime {
  public:
    virtual ~Runtime() = default;
    virtual void set_observer(RunObserver* observer) = 0;

    /// Whether this machine can do what the spec asks for, as far as can be told without a start:
    /// InvalidArgument or Unsupported with the field. Volumes as in LaunchRequest.
    [[nodiscard]] virtual Status check(const PotSpec& spec) = 0;

    /// Spawns the monitor. The outcome comes through the observer, exactly one of on_started or
    /// on_launch_failed; whatever a failed launch made is undone by `release`.
    virtual void launch(LaunchRequest request) = 0;

    /// Delivers a signal to the main process, to all processes of the run or to some. NotFound if the run
    /// ended, or if none of those is there any more.
    virtual Status signal(const RunKey& key, int signal_number, const SignalTarget& target) = 0;

    /// SIGKILL to everything in the run, also if its monitor is gone. The end is told by on_exited.
    virtual void kill_all(const RunKey& key) = 0;

    /// Stops or resumes all processes of the run (cgroup freezer, SIGSTOP to a jail).
    virtual void freeze(const RunKey& key, bool frozen, Reply<void> reply) = 0;

    /// What the files of a run shall say from now on, as far as they are potd's own there: one that was Own
    /// or Host at the launch stays so. With Own, what there is stays. NotFound if the run is not known.
    [[nodiscard]] virtual Status put_names(const RunKey& key, const NameFiles& files) = 0;

    /// After the end of the run is recorded: lets the monitor go, removes sockets, cgroups, exit
    /// record and everything else the run had outside its file system. Idempotent; also kills what
    /// still lives. Replies when nothing is left, or with the error that stands in the way.
    virtual void release(const RunKey& key, Reply<void> reply) = 0;

    /// At start-up, for each run stored as live: finds out what became of it and takes its monitor
    /// back. `stored` are the identities last recorded (zeros where unknown).
    virtual void adopt(const RunKey& key, const RunProcesses& stored, Reply<Adopted> reply) = 0;

    /// At start-up, after the adoptions: removes everything that at this moment is on the machine, carries
    /// this instance's name and belongs to none of `live`. What is launched before the reply stays. Replies
    /// with the names removed.
    virtual void sweep(const std::vector<RunKey>& live, Reply<std::vector<std::string>> reply) = 0;
};

}  // namespace potd::core
