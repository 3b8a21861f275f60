#pragma once

#include "client/command/async.hpp"
#include "client/command/invocation.hpp"

#include <string_view>

namespace potd::client {

inline constexpr Option stop_timeout_option{'t', "timeout", "DURATION",
                                            "how long it may take to end, for instance 30s"};
inline constexpr Option stop_signal_option{0, "signal", "SIGNAL",
                                           "the first signal, instead of the pot's own"};

/// Those of commands that stop pots.
inline constexpr Option stop_options[] = {
    pot_option,
    stop_timeout_option,
    stop_signal_option,
    async_option,
};

/// The body of a stop or restart. A bare number of --timeout is read as seconds, as docker does.
[[nodiscard]] Value stop_request(const Invocation& invocation);

/// Sends that to /v1/pots/{name}/`act` for each pot.
[[nodiscard]] Result<int> stop_each(Invocation& invocation, std::string_view act);

}  // namespace potd::client
