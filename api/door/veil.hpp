#pragma once

#include "core/base/error.hpp"
#include "core/model/operation.hpp"
#include "core/model/principal.hpp"
#include "core/service/pot_service.hpp"
#include "openapi/wire/pot.hpp"

namespace potd::api {

/// An error as somebody with a label selector is told of it: "another pot" in place of each that is out of
/// his reach. What stands in single quotes is from his own request, and stays.
[[nodiscard]] core::Error veiled(const core::Principal& who, const core::PotService& pots, core::Error error);

/// The same of what has become of an operation.
[[nodiscard]] core::Operation veiled(const core::Principal& who, const core::PotService& pots,
                                     core::Operation operation);

/// Whether what commands print is kept from him: what is in a log is for operators.
[[nodiscard]] bool reads_no_output(const core::Principal& who);

// Takes away what somebody may not know: what hooks and checks printed.
void veil(const core::Principal& who, wire::Run& run);
void veil(const core::Principal& who, wire::HealthReport& report);
void veil(const core::Principal& who, wire::Pot& pot);

/// Whether there may be something for veil() to take away; if not, the pot is the same to everybody.
[[nodiscard]] bool needs_veil(const core::Principal& who, const core::Pot& pot);

}  // namespace potd::api
