#pragma once

#include "client/base/result.hpp"
#include "client/command/invocation.hpp"
#include "client/json/value.hpp"

#include <string>

namespace potd::client {

/// One of those that come one after the other, as --format wants it: a line of JSON, a document of YAML, or
/// this line for people. Fails if nobody reads on.
[[nodiscard]] Status print_one(Invocation& invocation, const Value& value, const std::string& line);

}  // namespace potd::client
