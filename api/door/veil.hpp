#pragma once

#include "core/base/error.hpp"
#include "core/model/principal.hpp"
#include "core/service/pot_service.hpp"

namespace potd::api {

/// An error as somebody with a label selector is told of it: "another pot" in place of each that is out of
/// his reach. What stands in single quotes is from his own request, and stays.
[[nodiscard]] core::Error veiled(const core::Principal& who, const core::PotService& pots, core::Error error);

}  // namespace potd::api
