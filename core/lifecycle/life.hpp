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
    std::optional<Error> start_error;  ///< why the present run could not start, until its release is done
    SteadyTime kill_at;                ///< while Stopping: when the stop timer was last set to fire
};

// What can happen to a pot: requests of users …
struct StartAsked {
    RequestId request = 0;
};
struct StopAsked {
    RequestId request = 0;
    milliseconds timeout{0};
    int signal = 15;
};
struct RestartAsked {
    RequestId request = 0;
    milliseconds timeout{0};
    int signal = 15;
};
struct PauseAsked {
    RequestId request = 0;
};
struct ResumeAsked {
    RequestId request = 0;
};
struct DestroyAsked {
    RequestId request = 0;
    bool force = false;
};
/// The spec was edited; `next` is complete, valid and was made from `previous`.
struct ChangeAsked {
    RequestId request = 0;
    PotSpec previous;
    PotSpec next;
};
// … and observations of the machine. Each names its run; one of an older run changes nothing.
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
struct StopTimedOut {
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
/// At start-up, for a pot stored as live: what the machine says about its run.
struct Recovered {
    enum class Finding { Starting, Running, Ended };
    Finding finding = Finding::Ended;
    RunProcesses processes;  ///< Running
    WallTime started_at;     ///< Running
    ExitRecord record;       ///< Ended
};

using LifeEvent =
    std::variant<StartAsked, StopAsked, RestartAsked, PauseAsked, ResumeAsked, DestroyAsked, ChangeAsked,
                 Started, LaunchFailed, Exited, StopTimedOut, Released, FreezeDone, Recovered>;

// What is to be done, in order, once the outcome is recorded.
struct Launch {
    std::uint32_t run = 0;
};
struct SendSignal {
    std::uint32_t run = 0;
    int signal = 15;
};
struct KillAll {
    std::uint32_t run = 0;
};
/// Sets the one stop timer of the pot, replacing an earlier one.
struct ArmStopTimer {
    std::uint32_t run = 0;
    SteadyTime due;
};
struct CancelStopTimer {};
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
using Effect = std::variant<Launch, SendSignal, KillAll, ArmStopTimer, CancelStopTimer, SetFrozen, ReleaseRun,
                            DiscardFiles, Answer>;

struct Outcome {
    Life next;
    std::vector<Event> events;    ///< to be appended to the history with the new state
    std::vector<Effect> effects;  ///< in order, after the record
    bool changed = false;         ///< the pot's row differs and must be stored
    bool run_changed = false;     ///< its run's row too
    bool removed = false;         ///< the pot ceases to exist: its row goes
    bool intent = false;          ///< a user is told of it: must reach the disk before the answer
};

struct Now {
    SteadyTime steady;
    WallTime wall;
    std::string_view boot_id;
};

/// The one place where a pot's state changes. An event that its table does not know in the present
/// state answers a request with Conflict and is ignored as an observation.
[[nodiscard]] Outcome on(const Life& life, const LifeEvent& event, const Now& now);

/// The request inside an event, 0 if it is an observation.
[[nodiscard]] RequestId request_of(const LifeEvent& event);

/// "start", "stop", "exited" …: for logs and error texts.
[[nodiscard]] std::string_view verb_of(const LifeEvent& event);

}  // namespace potd::core
