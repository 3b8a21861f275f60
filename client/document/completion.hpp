#pragma once

#include <string>

namespace potd::client {

// Completion scripts made from the table of commands. Names of pots and bases come from
// `potctl __names pots|bases` at the moment of typing.

[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

}  // namespace potd::client
