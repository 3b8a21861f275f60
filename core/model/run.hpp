#pragma once

#include "core/base/time.hpp"
#include "core/model/ids.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace potd::core {

/// How a run ended. Written once, never changed (invariant I2).
struct ExitRecord {
    WallTime ended_at;
    std::optional<int> exit_code;  ///< unset if a signal ended it or it was lost
    std::optional<int> signal;
    bool oom = false;
    bool lost = false;   ///< nobody saw the end: the monitor or the machine died
    std::string reason;  ///< "exited", "stopped", "killed", "oom", "lost: …", "start failed: …"
    std::optional<std::int64_t> peak_memory;  ///< bytes
    friend bool operator==(const ExitRecord&, const ExitRecord&) = default;
};

/// The processes that make up a live run.
struct RunProcesses {
    ProcessIdentity monitor;  ///< potmon
    ProcessIdentity init;     ///< pid 1 of the pot, host pid
    ProcessIdentity main;     ///< the command, host pid; pid 0 for a pot without a command
    friend bool operator==(const RunProcesses&, const RunProcesses&) = default;
};

/// One life of a pot.
struct Run {
    std::uint32_t number = 0;  ///< from 1
    WallTime requested_at;
    std::optional<WallTime> started_at;  ///< when the command ran; unset if it never did
    RunProcesses processes;              ///< all zero before the start and after the end
    std::string boot_id;                 ///< the machine's boot this run belongs to
    std::optional<ExitRecord> end;       ///< set exactly once
    friend bool operator==(const Run&, const Run&) = default;
};

}  // namespace potd::core
