#pragma once

#include "core/model/pot.hpp"

namespace potd::api {

/// The key of the live run; Conflict if there is none.
[[nodiscard]] core::Result<core::RunKey> live_run(const core::Pot& pot);

}  // namespace potd::api
