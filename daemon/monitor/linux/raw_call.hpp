#pragma once

#include "daemon/platform/linux/raw_call.hpp"

namespace potd::monitor {

using platform::clone_into;
using platform::raw_call;

}  // namespace potd::monitor
