#pragma once

#include "core/model/secrets.hpp"
#include "openapi/wire/value.hpp"

namespace potd::api {

/// What is asked for. `whole`: of the whole spec, so that an object stands for all there are.
[[nodiscard]] core::SecretChange secret_change(wire::SecretEnv asked, bool whole);

}  // namespace potd::api
