#pragma once

namespace potd::monitor {

/// Fills a fresh /dev: nodes (bound from the host's where making them is not allowed), links, and
/// mounts of its own at pts, shm and mqueue. 0 or minus errno. The umask must be 0; changes the
/// working directory.
[[nodiscard]] long fill_devices(int directory);

}  // namespace potd::monitor
