#pragma once

namespace potd::bench {

/// Asks for scheduler slices of 0.1 ms for this process and all it starts from now on, so that a busy
/// neighbour costs a tenth of a millisecond instead of four. Source: sched_setattr(2), Linux 6.12 on.
/// False where the system has no such thing.
[[nodiscard]] bool use_short_slice();

}  // namespace potd::bench
