#pragma once

#include "core/monitor_link/frame.hpp"

#include <cstddef>
#include <span>

/// Of what age this potmon is on the link and in its exit record. The present one knows every frame of
/// core/monitor_link. The tests build one of the version before from the same sources but link_age.cpp, to
/// see that a potd lives with monitors that started before it did.
namespace potd::monitor {

/// Makes of a frame that came what this version reads in it; false if it does not know the type.
[[nodiscard]] bool understand(core::monitor_link::FrameView& frame);

/// Writes this version's number into a frame that is to leave.
void sign(std::span<std::byte> frame);

}  // namespace potd::monitor
