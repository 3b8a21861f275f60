#pragma once

#include "core/base/result.hpp"
#include "core/model/event.hpp"
#include "core/model/pot.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace potd::core {

// The life of one pot as a pure function: on(Life, LifeEvent, Now) -> Outcome. It is called, it never
// waits, it knows no clock, store or kernel. Who calls it records Outcome::next and Outcome::events
// first and carries out the effects afterwards (commit, then act).

/// A request that waits for its answer; numbered by the caller, unique while potd runs.
using RequestId = std::uint64_t;

enum class Goal { Running, Stopped, Paused, Resumed, Gone };

struct Waiting {
    RequestId request = 0;
    Goal goal = Goal::Stopped;
    friend bool operator==(const Waiting&, const Waiting&) = default;
};

/// The whole state of a pot's life. What matters after a crash is in `pot`; the rest is rebuilt.
struct Life {
    Pot pot;
    std::vector<Waiting> waiting;
    bool destroy_when_ended = false;   ///< a forced destroy is under way (state Destroying)
    bool changing_freeze = false;      ///< a pause or resume has been sent and not yet answered
    std::string freezing_for;          ///< the rule that the pause under way is for
    std::optional<Error> start_error;  ///< why the present run could not start, until it is cleaned up
    std::optional<SteadyTime> timer;   ///< when the pot's one timer is set to fire
    milliseconds stop_timeout{0};      ///< what the stop under way was asked with
    int stop_signal = 15;
    bool stop_by_signal = false;     ///< it goes before the spec's stop.command
    bool stop_command_runs = false;  ///< in stage Ending: its StopCommandDone is still to come
    bool hurry = false;              ///< a prestop hook was cut short by a second stop: no further ones
};

// What can happen to a pot: requests of users …
struct StartAsked {
    RequestId request = 0;
    StartCause cause = StartCause::Request;
    bool by_maker = false;  ///< an unfinished pot is started by nobody else
};
struct StopAsked {
    RequestId request = 0;
    milliseconds timeout{0};
    int signal = 15;
    bool by_signal = false;  ///< the signal goes before the spec's stop.command
};
struct RestartAsked {
    RequestId request = 0;
    milliseconds timeout{0};
    int signal = 15;
    bool by_signal = false;  ///< as of StopAsked
};
/// A pot it depends on is about to be restarted: answered once nothing of the run is left. The next run
/// follows at once and waits for what it depends on.
struct StepAsideAsked {
    RequestId request = 0;
};
struct PauseAsked {
    RequestId request = 0;
    std::string by_rule{};  ///< Pot::frozen_by; empty: a user
};
struct ResumeAsked {
    RequestId request = 0;
};
struct DestroyAsked {
    RequestId request = 0;
    bool force = false;
};
/// Nobody has started it for long: whoever made it for one run is gone (UnstartedPots).
struct DropUnstartedAsked {
    RequestId request = 0;
    std::uint64_t version = 0;  ///< refused if it has changed since
    milliseconds age{0};        ///< for how long it was left alone
};
/// The spec was edited; `next` is complete, valid and was made from `previous`.
struct ChangeAsked {
    RequestId request = 0;
    PotSpec previous;
    PotSpec next;
    bool promotes = false;  ///< it does not count as a clone any more
    /// Set by who sees to the mounts of this run himself (0: of none): Conflict if it is not the live one.
    std::optional<std::uint32_t> run = {};
    /// By its maker: what Pot::unfinished becomes, null when it is finished. Others do not change an
    /// unfinished pot.
    std::optional<UnfinishedPtr> unfinished = {};
    std::optional<Leases> leases = {};  ///< what Pot::leases becomes
};
// … and observations of the machine and of other pots. Each names its run; one of an older run changes
// nothing.
/// What the pot depends on is up, or never will be.
struct DependenciesSettled {
    std::uint32_t run = 0;
    std::optional<Error> problem;
    bool hopeless = false;  ///< one of them does not exist: only a user can help
};
struct HookDone {
    std::uint32_t run = 0;
    HookStage stage = HookStage::Prestart;
    std::uint32_t index = 0;
    std::uint32_t attempt = 1;
    HookResult result;
};
struct Started {
    std::uint32_t run = 0;
    RunProcesses processes;
    WallTime at;
};
struct LaunchFailed {
    std::uint32_t run = 0;
    Error error;
};
struct Exited {
    std::uint32_t run = 0;
    ExitRecord record;
};
/// The spec's stop.command has ended: well, or `problem` says how not.
struct StopCommandDone {
    std::uint32_t run = 0;
    std::optional<Error> problem;
};
/// Enough checks in a row say so.
struct HealthFound {
    std::uint32_t run = 0;
    Health health = Health::Healthy;
    std::string why;  ///< of Unhealthy: what the last check said
};
/// The kernel has killed processes of the pot for memory.
struct OomSeen {
    std::uint32_t run = 0;
    OomFacts facts;
};
/// The host is short of something, and of all pots this one gives way (core/pressure).
struct GaveWay {
    std::uint32_t run = 0;
    std::string why;
    bool at_once = false;  ///< it is killed, without hooks; else stopped in its own way
};
/// The pot's timer: the stop has taken too long, or the next try is due.
struct TimedOut {
    std::uint32_t run = 0;
};
/// Nothing of the run is left outside its file system; `problem` if something resisted.
struct Released {
    std::uint32_t run = 0;
    std::optional<Error> problem;
};
struct FreezeDone {
    std::uint32_t run = 0;
    bool frozen = false;
    std::optional<Error> problem;
};
/// At start-up, for a pot stored as live or in back-off: what the machine says about its run.
struct Recovered {
    /// Starting also for a run not yet due to be launched; Absent: there is no trace of it.
    enum class Finding { Starting, Running, Ended, Absent };
    Finding finding = Finding::Ended;
    RunProcesses processes;  ///< Running
    WallTime started_at;     ///< Running
    ExitRecord record;       ///< Ended, Absent
};

using LifeEvent = std::variant<StartAsked, StopAsked, RestartAsked, StepAsideAsked, PauseAsked, ResumeAsked,
                               DestroyAsked, DropUnstartedAsked, ChangeAsked, DependenciesSettled, HookDone,
                               Started, LaunchFailed, StopCommandDone, Exited, HealthFound, OomSeen, GaveWay,
                               TimedOut, Released, FreezeDone, Recovered>;

// What is to be done, in order, once the outcome is recorded.
/// Bring up what the pot depends on; answered by DependenciesSettled.
struct AwaitDependencies {
    std::uint32_t run = 0;
};
/// Answered by HookDone.
struct RunHook {
    std::uint32_t run = 0;
    HookStage stage = HookStage::Prestart;
    std::uint32_t index = 0;
    std::uint32_t attempt = 1;
};
/// Kill the run's hook with everything it started; its HookDone follows.
struct CancelHook {
    std::uint32_t run = 0;
};
struct Launch {
    std::uint32_t run = 0;
};
struct SendSignal {
    std::uint32_t run = 0;
    int signal = 15;
};
/// The spec's stop.command; answered by StopCommandDone.
struct RunStopCommand {
    std::uint32_t run = 0;
    milliseconds timeout{0};  ///< it has no longer than this
};
struct KillAll {
    std::uint32_t run = 0;
};
/// Sets the one timer of the pot, replacing an earlier one.
struct ArmTimer {
    std::uint32_t run = 0;
    SteadyTime due;
};
struct CancelTimer {};
struct SetFrozen {
    std::uint32_t run = 0;
    bool frozen = false;
};
/// Let the monitor go and remove what the run had; answered by Released.
struct ReleaseRun {
    std::uint32_t run = 0;
};
/// Move the pot's files aside.
struct DiscardFiles {};
struct Answer {
    RequestId request = 0;
    std::optional<Error> error;
};
using Effect = std::variant<AwaitDependencies, RunHook, CancelHook, Launch, SendSignal, RunStopCommand,
                            KillAll, ArmTimer, CancelTimer, SetFrozen, ReleaseRun, DiscardFiles, Answer>;

struct Outcome {
    Life next;
    std::vector<Event> events;    ///< to be appended to the history with the new state
    std::vector<Effect> effects;  ///< in order, after the record
    bool changed = false;         ///< the pot's row differs and must be stored
    bool run_changed = false;     ///< its run's row too
    std::optional<Run> done;      ///< the run that is over with this, cleaned up and all; its row too
    bool removed = false;         ///< the pot ceases to exist: its row goes
    bool leases_changed = false;  ///< its leases must be stored
    bool intent = false;          ///< a user is told of it: must reach the disk before the answer
};

struct Now {
    SteadyTime steady;
    WallTime wall;
    std::string_view boot_id;
    std::uint32_t random = 0;  ///< any number; spreads what would else happen at once
};

/// The one place where a pot's state changes. An event that its table does not know in the present
/// state answers a request with Conflict and is ignored as an observation.
[[nodiscard]] Outcome on(const Life& life, const LifeEvent& event, const Now& now);

/// The request inside an event, 0 if it is an observation.
[[nodiscard]] RequestId request_of(const LifeEvent& event);

/// "start", "stop", "exited" …: for logs and error texts.
[[nodiscard]] std::string_view verb_of(const LifeEvent& event);

}  // namespace potd::core
