#pragma once

#include "core/base/time.hpp"
#include "core/model/ids.hpp"
#include "core/model/pot_spec.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// How a run ended. Written once, never changed (invariant I2).
struct ExitRecord {
    WallTime ended_at;
    std::optional<int> exit_code;  ///< unset if a signal ended it or it was lost
    std::optional<int> signal;
    bool oom = false;
    bool lost = false;  ///< nobody saw the end: the monitor or the machine died
    /// "exited", "stopped", "killed", "oom", "unhealthy", "lost: …", "start failed: …"
    std::string reason;
    std::optional<std::int64_t> peak_memory;  ///< bytes
    friend bool operator==(const ExitRecord&, const ExitRecord&) = default;
};

/// The kernel has killed processes of a run because its memory ran out.
struct OomFacts {
    std::int64_t kills = 0;                   ///< so far
    std::string victim;                       ///< the last of them, "NAME (pid N)"; empty where nobody says
    std::optional<std::int64_t> limit, peak;  ///< bytes
    bool others_live = false;                 ///< with the policy Kill nobody has killed the rest yet
    friend bool operator==(const OomFacts&, const OomFacts&) = default;
};

/// The processes that make up a live run.
struct RunProcesses {
    ProcessIdentity monitor;  ///< potmon
    ProcessIdentity init;     ///< pid 1 of the pot, host pid
    ProcessIdentity main;     ///< the command, host pid; pid 0 for a pot without a command
    friend bool operator==(const RunProcesses&, const RunProcesses&) = default;
};

/// How far a run has come; only ever forward.
enum class RunStage {
    Waiting,    ///< for the pots it depends on; nothing of it exists
    Prestart,   ///< from here on its poststop hooks are due
    Launching,  ///< the monitor is at work
    Poststart,
    Up,
    Prestop,
    Ending,     ///< it has been asked to end
    Releasing,  ///< it has ended: its record is written, what it had on the machine goes
    Poststop,
    Done,
};

/// Who wanted the run to begin.
enum class StartCause { Request, Restart, Boot, Dependency };

/// Why the run is being ended, if not by itself.
enum class StopCause {
    None,
    Stop,
    Restart,
    Unhealthy,
    Poststart,   ///< a poststart hook failed
    Dependency,  ///< a pot it depends on is restarted; its own next run follows
    Oom,         ///< the kernel killed a process of it for memory, and its policy wants more than that
    Pressure,    ///< the host was short of something, and this pot gave way
};

/// How a hook ended.
struct HookResult {
    WallTime ended_at;
    std::optional<int> exit_code;
    std::optional<int> signal;
    std::string problem;  ///< why it counts as failed: "exit code 3", "timed out after 30s"; else empty
    std::string output;   ///< both streams, the first 16 KiB
    bool truncated = false;
    friend bool operator==(const HookResult&, const HookResult&) = default;
};

/// One execution of one hook.
struct HookRecord {
    HookStage stage = HookStage::Prestart;
    std::uint32_t index = 0;    ///< in the spec's list
    std::uint32_t attempt = 1;  ///< grows when a crash or reboot cut the one before
    WallTime started_at;
    std::optional<HookResult> end;
    friend bool operator==(const HookRecord&, const HookRecord&) = default;
};

/// One life of a pot.
struct Run {
    std::uint32_t number = 0;  ///< from 1
    StartCause cause = StartCause::Request;
    RunStage stage = RunStage::Waiting;
    StopCause stop_cause = StopCause::None;
    WallTime requested_at;
    std::optional<WallTime> started_at;  ///< when the command ran; unset if it never did
    RunProcesses processes;              ///< all zero before the start and after the end
    std::string boot_id;                 ///< the machine's boot this run belongs to
    std::optional<ExitRecord> end;       ///< set exactly once
    std::int64_t oom_kills = 0;          ///< processes that the kernel killed for memory
    std::string oom_victim;              ///< see OomFacts::victim
    std::vector<HookRecord> hooks;       ///< in the order they were run
    friend bool operator==(const Run&, const Run&) = default;

    /// The hook that is running, if any.
    [[nodiscard]] const HookRecord* running_hook() const {
        return !hooks.empty() && !hooks.back().end ? &hooks.back() : nullptr;
    }
};

[[nodiscard]] std::string_view to_string(HookStage stage) noexcept;
[[nodiscard]] std::optional<HookStage> hook_stage_from(std::string_view text) noexcept;
[[nodiscard]] std::string_view to_string(RunStage stage) noexcept;
[[nodiscard]] std::optional<RunStage> run_stage_from(std::string_view text) noexcept;
[[nodiscard]] std::string_view to_string(StartCause cause) noexcept;
[[nodiscard]] std::optional<StartCause> start_cause_from(std::string_view text) noexcept;
[[nodiscard]] std::string_view to_string(StopCause cause) noexcept;
[[nodiscard]] std::optional<StopCause> stop_cause_from(std::string_view text) noexcept;

}  // namespace potd::core
