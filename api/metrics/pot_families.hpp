#pragma once

#include "api/metrics/event_tally.hpp"
#include "api/metrics/exposition.hpp"
#include "core/model/pot.hpp"
#include "core/port/meter.hpp"

#include <memory>
#include <optional>
#include <span>

namespace potd::api {

/// One pot as it was when a scrape began.
struct PotSample {
    std::shared_ptr<const core::Pot> pot;
    std::optional<core::RunFigures> figures;
    EventTally::PotCounts counts;
};

struct PotFamily {
    MetricFamily family;
    /// Adds what there is of one pot: a sample, several, or none.
    void (*add)(Exposition& out, const PotSample& sample);
};

/// The families with the label "pot", in the order in which they are told.
[[nodiscard]] std::span<const PotFamily> pot_families();

}  // namespace potd::api
