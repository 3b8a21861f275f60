#pragma once

#include "core/port/runtime.hpp"
#include "daemon/platform/posix/enclosures.hpp"
#include "daemon/platform/posix/live_run.hpp"
#include "daemon/platform/posix/run_files.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace potd::platform {

/// The part of a runtime that every system shares: runs under a potmon each, told from frames and the
/// monitor's end, taken back by another potd, cleared away. A system adds what a run is enclosed in, the
/// monitor's program and the launch plan.
class MonitoredRuntime : public core::Runtime {
  public:
    ~MonitoredRuntime() override;
    MonitoredRuntime(const MonitoredRuntime&) = delete;
    MonitoredRuntime& operator=(const MonitoredRuntime&) = delete;

    void set_observer(core::RunObserver* observer) override { observer_ = observer; }
    void launch(core::LaunchRequest request) override;
    core::Status signal(const core::RunKey& key, int signal_number,
                        const core::SignalTarget& target) override;
    void kill_all(const core::RunKey& key) override;
    void release(const core::RunKey& key, core::Reply<void> reply) override;
    void adopt(const core::RunKey& key, const core::RunProcesses& stored,
               core::Reply<core::Adopted> reply) override;
    void sweep(const std::vector<core::RunKey>& live, core::Reply<std::vector<std::string>> reply) override;

    /// The potmon that was loaded: a descriptor, valid as long as this.
    [[nodiscard]] int monitor_program() const { return monitor_.get(); }
    /// The execs of a live run; null if it is not known or over.
    [[nodiscard]] std::shared_ptr<ExecTable> execs(const core::RunKey& key) const;
    /// The first process of a live run; NotFound if it is not known or over.
    [[nodiscard]] core::Result<core::ProcessIdentity> init_of(const core::RunKey& key) const;
    /// The console of a live run; null if it is not known or over.
    [[nodiscard]] std::shared_ptr<Console> console(const core::RunKey& key) const;

  protected:
    /// `run_directory` exists; sockets and exit records go to its folder pots/.
    MonitoredRuntime(Loop loop, std::string run_directory, UniqueFd monitor);

    /// Makes that folder.
    [[nodiscard]] core::Status prepare_places();
    /// For the destructor of the system's part, whose enclosures end before this.
    void forget_runs();
    [[nodiscard]] Loop& loop() { return loop_; }

    [[nodiscard]] virtual Enclosures& enclosures() = 0;
    /// The complete plan as a file that the monitor reads from its beginning.
    [[nodiscard]] virtual core::Result<UniqueFd> plan_file(const core::LaunchRequest& request,
                                                           LiveRun& run) = 0;

    [[nodiscard]] bool has_runs() const { return !runs_.empty(); }
    /// Null if there is none, or it is over.
    [[nodiscard]] LiveRun* live_run(const core::RunKey& key) const;

    /// Where monitors are born, SpawnRequest::group.
    [[nodiscard]] virtual int monitor_group() const { return -1; }

    using BeginWait = std::function<std::unique_ptr<Waiting>(core::Reply<void>)>;
    /// Holds a wait until it replies.
    void keep_waiting(const BeginWait& begin, const core::Reply<void>& reply);

  private:
    [[nodiscard]] RunFiles files_of(const std::string& name) const;
    [[nodiscard]] core::Status start(const core::LaunchRequest& request);
    [[nodiscard]] LiveRun& add_run(const core::RunKey& key);
    /// The enclosure and files of a run; `files` are others than the usual ones.
    void remove_traces(const std::string& name, std::vector<std::string> files,
                       const core::Reply<void>& reply);
    void remove_enclosure(const std::string& name, const core::Reply<void>& reply);
    /// What is left of runs: their names, and their files.
    [[nodiscard]] std::map<std::string, std::vector<std::string>> traces();
    void reply_absent(const core::RunKey& key, core::Reply<core::Adopted> reply);
    void end_stray(const std::string& name, const std::function<void()>& ended);

    Loop loop_;
    std::string directory_;  ///< of sockets and records
    UniqueFd monitor_;
    UniqueFd null_;
    core::RunObserver* observer_ = nullptr;
    std::map<core::RunKey, std::unique_ptr<LiveRun>> runs_;
    std::map<std::uint64_t, std::unique_ptr<Waiting>> waits_;
    std::uint64_t last_wait_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
