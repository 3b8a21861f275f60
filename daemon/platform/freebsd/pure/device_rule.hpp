#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// One rule of a devfs(8) ruleset.
struct DeviceRule {
    enum Action : std::uint8_t { None = 0, Hide = 1, Unhide = 2 };
    std::string pattern;        ///< of names below /dev, as fnmatch(3) takes it; empty = every node
    Action action = None;       ///< what happens to them
    std::int32_t mode = -1;     ///< permission bits; -1 = as they are
    std::uint16_t include = 0;  ///< or: the rules of this set; 0 = none
    friend bool operator==(const DeviceRule&, const DeviceRule&) = default;
};

/// Longest pattern the kernel takes.
inline constexpr std::size_t max_device_pattern = 199;

/// A rule as devfs.rules(5) has it, without its leading "add": "hide", "path null unhide",
/// "path 'pts/*' unhide", "path mem mode 0440", "include 4". InvalidArgument with `field`.
[[nodiscard]] core::Result<DeviceRule> parse_device_rule(std::string_view text, std::string_view field);

/// What a pot sees in /dev unless it asks for a set of the host: what programs expect, and no disk, no
/// memory, no terminal but its own.
[[nodiscard]] std::vector<DeviceRule> default_devfs_rules();

/// The first rule of every set potmon makes hides this and the jail's name: it matches nothing and says whose
/// the set is.
inline constexpr std::string_view owner_prefix = "potd/";

/// The jail that owns a set, by the pattern of its first rule; empty if it is not one of potd's.
[[nodiscard]] std::string_view owner_of(std::string_view first_pattern);

}  // namespace potd::platform
