#pragma once

#include "daemon/monitor/pot.hpp"

namespace potd::monitor {

/// Forks the helper, which enters the pot of `init` and starts the command as a child of the caller. It
/// reports by a ControlMessage, Started or Failed, then the end.
[[nodiscard]] bool start_exec_helper(const ExecOrder& order, int init, ExecStart& start, Fault& fault);

/// Gives `born` back.
void forget_birth(ExecStart& start);

}  // namespace potd::monitor
