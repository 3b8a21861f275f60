#pragma once

#include "core/monitor_link/frame.hpp"
#include "daemon/monitor/linux/fault.hpp"

namespace potd::monitor {

struct ExecOrder {
    const core::monitor_link::Exec* frame = nullptr;
    int standard[3] = {-1, -1, -1};
    int init = -1;  ///< pidfd of the pot's init
    int plan_fd = -1;
};

struct ExecHelper {
    int report = -1;   ///< a ControlMessage comes here, Started or Failed, then the end
    int process = -1;  ///< pidfd of the helper
};

/// Forks the helper, which enters the pot and starts the command as a child of the caller.
[[nodiscard]] bool start_exec_helper(const ExecOrder& order, ExecHelper& helper, Fault& fault);

}  // namespace potd::monitor
