#pragma once

#include "core/port/runtime.hpp"
#include "daemon/platform/posix/enclosures.hpp"
#include "daemon/platform/posix/exec_table.hpp"
#include "daemon/platform/posix/loop.hpp"
#include "daemon/platform/posix/monitor_link.hpp"
#include "daemon/platform/posix/oom_pace.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "daemon/platform/posix/run_files.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace potd::platform {

class Console;

/// One run and its monitor, seen from potd: takes the monitor's frames, notices its death, and tells
/// the observer each outcome exactly once. Loop thread; nothing is told from inside a call.
class LiveRun {
  public:
    struct Parts {
        Loop loop;
        Enclosures& enclosures;
        core::RunObserver& observer;
    };

    LiveRun(Parts parts, core::RunKey key, RunFiles files);
    LiveRun(const LiveRun&) = delete;
    LiveRun& operator=(const LiveRun&) = delete;
    ~LiveRun();

    /// Before the spawn: our end of the link. With `console` the monitor finds the request for it there
    /// before anything else, so that the console misses nothing.
    void connect(UniqueFd socket, bool console);
    /// After the spawn.
    void begin(ProcessHandle monitor);
    /// A monitor met again: its first frame decides the reply, later ones go to the observer.
    void adopt(ProcessHandle monitor, UniqueFd socket, core::Reply<core::Adopted> reply);
    /// No monitor to be met: the record, if there is one, decides; else the run is lost, its
    /// processes are killed before the reply.
    void adopt_orphan(core::Reply<core::Adopted> reply);

    /// By somebody who sees more than the monitor: the kernel has killed so many for memory, `victim` the
    /// last, and nobody has killed the others for it. News or not.
    void tell_oom(std::int64_t kills, const std::string& victim);

    [[nodiscard]] core::Status signal(int number, const core::SignalTarget& target);
    void kill();

    /// True once an outcome is known.
    [[nodiscard]] bool over() const { return phase_ == Phase::Over; }
    [[nodiscard]] const core::RunKey& key() const { return key_; }
    /// Zeros until they are known.
    [[nodiscard]] const core::RunProcesses& processes() const { return processes_; }
    [[nodiscard]] const RunFiles& files() const { return files_; }
    [[nodiscard]] const std::shared_ptr<ExecTable>& execs() const { return execs_; }

    /// The one console of the run, made when it is wanted.
    [[nodiscard]] std::shared_ptr<Console> console();

    /// Tells the monitor that the end is recorded, or kills it where there is nothing to record;
    /// `gone` follows its end, at once (but not inside) without one, and may destroy this run.
    void let_go(std::function<void()> gone);

    /// Errors of the Cgroup stage name what holds the limit; these are the limits' fields.
    void explain_settings(std::map<std::string, std::string> fields) { setting_fields_ = std::move(fields); }

  private:
    enum class Phase { Starting, Running, Over };

    void attend(ProcessHandle monitor);
    void take(const core::monitor_link::FrameView& frame, std::vector<UniqueFd> descriptors);
    void take_hello(const core::monitor_link::FrameView& frame);
    void take_started(const core::monitor_link::FrameView& frame);
    void link_closed();
    void monitor_ended();
    void conclude_without_monitor();
    [[nodiscard]] bool conclude_from_record();
    void report_ended(const core::monitor_link::ExitFacts& facts);
    void report_failed(const core::monitor_link::Failure& failure);
    void report_lost();
    void report_oom(std::int64_t kills);
    void tell_oom(std::int64_t kills);
    [[nodiscard]] std::int64_t unseen_kills(const core::monitor_link::ExitFacts& facts) const;
    void finish(int wait_status);
    void reply_adopted(core::Adopted::Kind kind, core::ExitRecord end = {});
    void arm_patience(core::milliseconds patience);
    void kill_monitor();
    void tell_gone();

    Parts parts_;
    core::RunKey key_;
    std::string name_;
    RunFiles files_;
    Phase phase_ = Phase::Starting;
    core::RunProcesses processes_;
    core::WallTime started_at_;
    ProcessHandle process_;  ///< the monitor; empty once it has ended
    std::unique_ptr<MonitorLink> link_;
    std::shared_ptr<ExecTable> execs_ = std::make_shared<ExecTable>();
    std::weak_ptr<Console> console_;
    std::shared_ptr<Console> early_console_;  ///< until somebody joins it, or the start is over
    core::Reply<core::Adopted> adopting_;
    std::vector<std::function<void()>> gone_;
    std::unique_ptr<Waiting> wait_;
    core::Timers::Id patience_ = 0;
    bool kill_requested_ = false;
    std::int64_t told_kills_ = 0;  ///< for memory; some are perhaps only about to be told
    OomPace oom_pace_;
    std::map<std::string, std::string> setting_fields_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
