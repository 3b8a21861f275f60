#pragma once

#include <cstdint>

namespace potd::monitor {

/// The group of terminals, as the pot numbers it.
inline constexpr std::uint32_t tty_group = 5;

/// Who owns the pot's devices, as the host numbers them.
struct DeviceOwners {
    std::uint32_t user = 0, group = 0, terminals = tty_group;
};

/// Fills a fresh /dev: nodes (bound from the host's where making them is not allowed), links, and
/// mounts of its own at pts, shm and mqueue. 0 or minus errno. The umask must be 0; changes the
/// working directory.
[[nodiscard]] long fill_devices(int directory, const DeviceOwners& owners);

/// Whether the descriptor, which may be one of O_PATH, shows this character device.
[[nodiscard]] bool is_device(int fd, std::uint32_t major, std::uint32_t minor);

}  // namespace potd::monitor
