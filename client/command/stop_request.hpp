#pragma once

#include "client/command/invocation.hpp"

namespace potd::client {

inline constexpr Option stop_timeout_option{'t', "timeout", "DURATION",
                                            "how long it may take to end, for instance 30s"};
inline constexpr Option stop_signal_option{0, "signal", "SIGNAL",
                                           "the first signal, instead of the pot's own"};

/// The body of a stop or restart. A bare number of --timeout is read as seconds, as docker does.
[[nodiscard]] inline Value stop_request(const Invocation& invocation) {
    Value body = Value::object();
    if (auto timeout = invocation.value("timeout")) {
        const bool bare = !timeout->empty() && timeout->find_first_not_of("0123456789") == std::string::npos;
        body.set("timeout", bare ? *timeout + "s" : *timeout);
    }
    if (auto signal = invocation.value("signal")) body.set("signal", *signal);
    return body;
}

}  // namespace potd::client
