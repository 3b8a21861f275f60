#pragma once

#include "core/model/ids.hpp"
#include "daemon/platform/posix/uplink_note.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace potd::platform {

// How interfaces on FreeBSD say whose they are: by a description (ifconfig(8)), and by groups, which rules of
// pf(4) name. What is called how: posix/link_names.hpp.

/// All that any potd made.
inline constexpr std::string_view potd_group = "potd";
/// The bridges of an instance, and the host's ends of its cables.
[[nodiscard]] std::string bridge_group(std::string_view instance);
[[nodiscard]] std::string cable_group(std::string_view instance);

/// The bridge that a description names; nothing if it is none of the instance's.
[[nodiscard]] std::optional<std::string> bridge_of_note(std::string_view instance, std::string_view note);

/// "potd INSTANCE bridge NAME uplink em1 up", and what that says of the uplink.
[[nodiscard]] std::string uplinked_bridge_note(std::string_view instance, std::string_view bridge,
                                               const UplinkNote& uplink);
[[nodiscard]] std::optional<UplinkNote> uplink_of_note(std::string_view instance, std::string_view note);

/// "potd INSTANCE run 0123456789ab.7"
[[nodiscard]] std::string cable_note(std::string_view instance, const core::RunKey& run);
/// The core::kernel_name of the run that a description names; nothing if it is none of the instance's.
[[nodiscard]] std::optional<std::string> run_of_note(std::string_view instance, std::string_view note);

/// The pot's end of its cable: "eth0_0123456789". No other interface of the machine has that name: with the
/// end of a jail its interfaces come to the host as they are called, and two of a name are one too many for
/// pf(4).
[[nodiscard]] std::string pot_link(const core::PotId& pot, std::size_t number);

/// The anchor of an instance's rules: "potd/INSTANCE".
[[nodiscard]] std::string anchor_name(std::string_view instance);

}  // namespace potd::platform
