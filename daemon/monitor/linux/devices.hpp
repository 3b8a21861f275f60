#pragma once

namespace potd::monitor {

/// Fills a fresh /dev: nodes (bound from the host's where making them is not allowed), links, and the
/// directories pts, shm and mqueue. 0 or minus errno. The umask must be 0.
[[nodiscard]] long fill_devices(int directory);

}  // namespace potd::monitor
