#pragma once

#include "core/port/own_figures.hpp"

namespace potd::platform {

/// What the kernel counts of this process; a handful of small reads. Any thread.
[[nodiscard]] core::ProcessFigures own_figures();

/// The part of it that each system tells in its own way: memory and descriptors.
void read_own_figures(core::ProcessFigures& figures);

}  // namespace potd::platform
