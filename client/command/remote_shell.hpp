#pragma once

#include "client/command/invocation.hpp"

#include <string>

namespace potd::client {

/// Carries out an ExecRequest in a running pot with our streams; returns the command's status.
/// With `detach` it goes on alone once it has begun, its output thrown away.
[[nodiscard]] Result<int> execute(Invocation& invocation, const std::string& pot, const Value& request,
                                  bool detach);

/// root's login shell on a terminal, in the pot started first if that is wanted and needed.
[[nodiscard]] Result<int> open_shell(Invocation& invocation, const std::string& pot, bool start);

/// `command` on a terminal of our size, as an ExecRequest.
void set_terminal(Value& request);

}  // namespace potd::client
