#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/monitor/terminal.hpp"
#include "daemon/monitor/user_db.hpp"

namespace potd::monitor {

struct Terminal {
    int master = -1;
    int slave = -1;  ///< -1: `fault` tells why
};

/// A new pseudo-terminal, made by the calling process: its jail is the one that sees it. It belongs to `who`.
[[nodiscard]] Terminal open_terminal(WindowSize size, const Credentials& who, Fault& fault);

}  // namespace potd::monitor
