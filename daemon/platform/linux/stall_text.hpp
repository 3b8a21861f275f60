#pragma once

#include "core/port/meter.hpp"

#include <optional>
#include <string_view>

namespace potd::platform {

/// A file of pressure: "some avg10=0.12 avg60=0.00 avg300=0.00 total=123" and the same for "full", which
/// old kernels lack for processors. Unset if there is no line of "some".
[[nodiscard]] std::optional<core::Stall> parse_stall(std::string_view text);

}  // namespace potd::platform
