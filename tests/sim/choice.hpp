#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace potd::sim {

/// What one step of a history does. What it does it to follows from its two numbers and from what there is
/// at that moment, so that a history with steps taken out is still a history.
enum class Act : std::uint8_t {
    Tasks,    ///< potd's loop runs a few tasks
    Write,    ///< the journal writes its next transaction, or syncs
    Machine,  ///< something pending on the machine happens, well or badly
    Time,     ///< the clocks move
    Flow,     ///< potd and its journal work until they wait for the machine
    Create,
    Start,
    Stop,
    Restart,
    Kill,
    Pause,
    Resume,
    Destroy,
    Rename,
    Change,
    Wait,
    CancelWait,
    Attach,
    Snapshot,   ///< a snapshot is taken, or some are removed
    Rollback,   ///< a pot goes back to one
    Clone,      ///< a pot is made of one, or promoted
    Listen,     ///< a client of the events comes or goes
    Retain,     ///< some of the oldest events are deleted
    Keyed,      ///< a request with a key
    Repeat,     ///< one of those once more
    Cancel,     ///< an operation is cancelled
    GiveWay,    ///< a pot gives way as the machine is short: it is frozen, stopped or killed
    ClockSet,   ///< the wall clock alone is set, back or ahead, by up to a year
    DiskFull,   ///< the next transactions fail
    SyncFails,  ///< the next syncs fail
    Crash,      ///< potd dies and is started again
    Reboot,     ///< the machine is shut down and started
    PowerLoss,  ///< what has not been synced may be gone, from the end backwards
};

struct Choice {
    Act act = Act::Tasks;
    std::uint32_t a = 0;
    std::uint32_t b = 0;
};

using Choices = std::vector<Choice>;

/// The history of this seed; the same on every machine.
[[nodiscard]] Choices make_choices(std::uint64_t seed, std::size_t steps);

[[nodiscard]] std::string describe(const Choice& choice);

}  // namespace potd::sim
