#pragma once

#include "api/http/problem.hpp"
#include "core/model/operation.hpp"
#include "openapi/wire/operation.hpp"

namespace potd::api {

[[nodiscard]] wire::Operation to_wire(const core::Operation& operation);
/// Of one that failed or was cancelled.
[[nodiscard]] Problem problem_of(const core::Operation& operation);

}  // namespace potd::api
