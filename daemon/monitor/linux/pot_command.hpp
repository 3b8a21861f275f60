#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/monitor/linux/command.hpp"
#include "daemon/platform/linux/plan_view.hpp"

#include <string_view>

namespace potd::monitor {

/// A command by the words of the pot: still to be resolved where it shall run.
struct CommandWords {
    core::monitor_link::StringList argv;
    core::monitor_link::StringList env;  ///< put over the plan's
    std::string_view user, workdir;      ///< empty = the plan's
    std::uint16_t rows = 24, columns = 80;
    bool terminal = false;
    bool console = false;            ///< the terminal is also the pot's /dev/console
    int standard[3] = {-1, -1, -1};  ///< -1 = /dev/null of the pot; unused with a terminal
    std::uint64_t clone_flags = 0;
    int user_namespace = -1;                  ///< namespace or pidfd; -1 = none
    const platform::Rlimit* files = nullptr;  ///< in place of the plan's limit of files
    std::int32_t* born = nullptr;             ///< where its pid is put before it runs
    int own_files = -1;                       ///< of sys::own_files on the host; closed on the way
};

struct PotCommand {
    CommandProcess process;
    int terminal_master = -1;
};

/// Gives back what start_pot_command has touched; for a process that lives on.
void release_command_memory();

/// Starts a command from inside the pot (its root is the caller's root): finds its user, opens its
/// terminal, puts its environment together and runs it. On failure `process.pid` may name a child to
/// be reaped.
[[nodiscard]] bool start_pot_command(const platform::PlanView& plan, const CommandWords& words,
                                     PotCommand& made, Fault& fault);

}  // namespace potd::monitor
