#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

#include <cstdint>
#include <string_view>

namespace potd::monitor {

/// A command by the words of the pot: still to be resolved where it shall run.
struct PotCommand {
    core::monitor_link::StringList argv;
    core::monitor_link::StringList env;  ///< put over the plan's
    std::string_view user, workdir;      ///< empty = the plan's
    std::uint16_t rows = 24, columns = 80;
    bool terminal = false;
    int standard[3] = {-1, -1, -1};  ///< -1 = /dev/null of the pot; unused with a terminal
};

struct PotProcess {
    int report = -1;   ///< Started with the terminal, Failed with the reason; the end: it was executed
    int process = -1;  ///< process descriptor
    long pid = 0;
};

/// Forks a child that enters the jail, becomes the command's user and executes it.
[[nodiscard]] bool start_in_jail(int jail, const platform::JailView& plan, const PotCommand& command,
                                 PotProcess& started, Fault& fault);

/// What a report says.
enum class ReportStep { Waiting, Executed, Failed };
/// Takes what is there; `terminal` is set when it comes. The caller closes the report unless Waiting.
[[nodiscard]] ReportStep take_report(int report, int& terminal, Fault& fault);

}  // namespace potd::monitor
