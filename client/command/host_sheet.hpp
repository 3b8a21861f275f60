#pragma once

#include "client/json/value.hpp"

#include <string>

namespace potd::client {

/// What /v1/info says, for people.
[[nodiscard]] std::string host_sheet(const Value& info);

}  // namespace potd::client
