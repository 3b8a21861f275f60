#pragma once

namespace potd::monitor {

/// Sends a signal to every process of the pot except its pid 1, all at one moment and none missed: a
/// helper enters the pot's pid namespace and leaves the choice to kill(-1).
void signal_all(int init, int number);

}  // namespace potd::monitor
