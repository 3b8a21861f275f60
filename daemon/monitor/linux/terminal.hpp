#pragma once

#include "daemon/monitor/fault.hpp"
#include "daemon/monitor/terminal.hpp"
#include "daemon/monitor/user_db.hpp"

#include <cstdint>

namespace potd::monitor {

struct Terminal {
    int master = -1;
    int slave = -1;  ///< -1: `fault` tells why
};

/// A new pseudo-terminal of the pot's own devpts (the caller's root is the pot's), owned by this user and
/// group as the caller numbers them.
[[nodiscard]] Terminal open_terminal(WindowSize size, std::uint32_t user, std::uint32_t group, Fault& fault);

/// Shows the terminal as /dev/console of the pot.
[[nodiscard]] bool bind_console(int slave, Fault& fault);

}  // namespace potd::monitor
