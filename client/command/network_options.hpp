#pragma once

#include "client/base/result.hpp"
#include "client/json/value.hpp"
#include "client/option/arguments.hpp"

namespace potd::client {

/// What --bridge, --ip, --device, --mac and --publish say becomes `network` and `ports` of the spec, whose
/// network.type stands there already. Usage failure for what contradicts itself.
[[nodiscard]] Status network_from_options(const Arguments& arguments, Value& spec);

/// Of the changes of a clone: with another type nothing of the source's network goes with it.
void leave_network_of_source(Value& changes);

}  // namespace potd::client
