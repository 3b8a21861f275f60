#pragma once

#include "client/base/result.hpp"
#include "client/command/invocation.hpp"

#include <string>

namespace potd::client {

/// The object `snapshots` that --every, --keep and --keep-for stand for, or with a prefix "snapshot-"
/// --snapshot-every and so on; null without any of them. A usage error for a --keep that is no number.
[[nodiscard]] Result<Value> schedule_from_options(const Arguments& arguments, const std::string& prefix = {});

}  // namespace potd::client
