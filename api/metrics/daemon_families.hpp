#pragma once

#include "api/metrics/metrics.hpp"

#include <map>
#include <span>

namespace potd::api {

/// What the families of potd itself are told from.
struct DaemonSample {
    const Metrics::Ports& ports;
    const Metrics::Options& options;
    const EventTally& events;
    const WorkTally& work;
    const RequestTally& requests;
    const std::vector<core::PotPtr>& pots;
    double loop_delay = 0;          ///< seconds between the request and the loop's next turn
    std::size_t pots_left_out = 0;  ///< that have no series of their own
};

/// Writes families that belong together. Some are told by several of these from one reading each, which is
/// cheap; none is told twice.
using DaemonFamilies = void (*)(Exposition& out, const DaemonSample& sample);
[[nodiscard]] std::span<const DaemonFamilies> daemon_families();

}  // namespace potd::api
