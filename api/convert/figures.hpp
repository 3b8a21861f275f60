#pragma once

#include "core/port/clock.hpp"
#include "core/service/figure_sampler.hpp"
#include "openapi/wire/stats.hpp"

namespace potd::api {

// What pots use, as the wire shows it.

[[nodiscard]] wire::Stats to_wire(const core::Pot& pot, const core::FigureSampler::Sample& sample,
                                  const core::Clock& clock);
/// What is not kept of the past is null.
[[nodiscard]] wire::Stats to_wire(const core::Pot& pot, const core::FigureSampler::Moment& moment);

}  // namespace potd::api
