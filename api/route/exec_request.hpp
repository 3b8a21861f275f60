#pragma once

#include "core/base/result.hpp"
#include "core/model/pot.hpp"
#include "core/port/exec.hpp"
#include "openapi/wire/exec.hpp"

namespace potd::api {

/// InvalidArgument names the field. stdin and timeout are the caller's.
[[nodiscard]] core::Result<core::ExecRequest> to_core(const wire::ExecRequest& body);

/// The run a command would join; Conflict if the pot does not run.
[[nodiscard]] core::Result<core::RunKey> running(const core::Pot& pot);

}  // namespace potd::api
