#pragma once

#include "daemon/monitor/command_words.hpp"
#include "daemon/monitor/fault.hpp"
#include "daemon/platform/linux/plan_view.hpp"

#include <cstdint>

namespace potd::monitor {

/// A command to be run in the pot by a process that is in it already.
struct CommandOrder {
    const platform::PlanView* plan = nullptr;
    const Strings* argv = nullptr;
    const Strings* env = nullptr;
    const Credentials* who = nullptr;
    const char* workdir = "/";
    int standard[3] = {-1, -1, -1};
    bool terminal = false;                    ///< the three are a terminal that shall control the command
    std::uint64_t clone_flags = 0;            ///< CLONE_PARENT for an exec
    const platform::Rlimit* files = nullptr;  ///< in place of the plan's limit of files
    std::int32_t* born = nullptr;             ///< gets the pid before the command runs; may be null
    int user_namespace = -1;                  ///< entered before the command gets its user; -1 = none
};

struct CommandProcess {
    long pid = 0;  ///< as the caller's pid namespace numbers it
    int pidfd = -1;
};

/// Starts the command and returns when its exec has succeeded (true) or it could not be run. Until then
/// the command shares the caller's memory, so nothing is copied and the reason needs no pipe.
[[nodiscard]] bool start_command(const CommandOrder& order, CommandProcess& process, Fault& fault);

/// Gives back what starting commands has touched; for a process that lives on.
void release_command_stack();

}  // namespace potd::monitor
