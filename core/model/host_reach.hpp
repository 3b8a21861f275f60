#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace potd::core {

/// By what a pot reaches the host, or what is not its own.
enum class HostReach : std::uint8_t {
    Hooks,         ///< programs of the host
    Directories,   ///< mounts of the host's directories
    Datasets,      ///< mounts of its datasets
    Capabilities,  ///< added ones
    Seccomp,       ///< switched off
    Parameters,    ///< of jails and of rctl, by their own names, and what loosens a jail
    Devices,       ///< interfaces of the host moved into the pot
    HostNetwork,   ///< its interfaces and addresses: inherit and alias
    Ports,         ///< its ports below 1024, published
    Bridges,       ///< private ones, for those with a label selector alone: api/door/spec_check.hpp
};
inline constexpr std::size_t host_reaches = 10;
using HostReaches = std::bitset<host_reaches>;

/// "hooks", "directories", …: the words of `access.policy`.
[[nodiscard]] std::string_view to_string(HostReach reach) noexcept;
[[nodiscard]] std::optional<HostReach> host_reach_from(std::string_view text) noexcept;

/// PermissionDenied with the field of `spec` that reaches what is not among `allowed`. What `before` has the
/// same is no matter; null: a new pot.
[[nodiscard]] Status check_reach(const PotSpec& spec, const PotSpec* before, HostReaches allowed);
/// The same of one mount; `field`: its place.
[[nodiscard]] Status check_reach(const MountSpec& mount, HostReaches allowed, std::string_view field);

}  // namespace potd::core
