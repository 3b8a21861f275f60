#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"

#include <string_view>

namespace potd::core {

/// Of pot: /etc/hosts does not name the other pots of a bridge. Kept as an attribute, as long as it is true;
/// potd's own on every platform.
inline constexpr std::string_view no_etc_hosts = "no-etc-hosts";
[[nodiscard]] bool knows_no_neighbours(const PotSpec& spec);

/// One of pot's attributes put onto a spec: persistent, prunable, start-at-boot, early-start-at-boot,
/// stop_timeout (whole seconds), exec_stop (a line for the pot's /bin/sh, empty for none); those of jails are
/// kept as they are, the platform looks at them; no-rc-script is taken and changes nothing, because a command
/// is always started as it is; no-etc-hosts is kept if it is true. Truth values are true, yes, on, 1 and
/// their opposites, in any case. The error's field is "attributes.NAME": Unsupported for those of pot that
/// this version or platform has not, InvalidArgument for those nobody has.
[[nodiscard]] Status apply_attribute(std::string_view name, std::string_view value, PotSpec& spec);

}  // namespace potd::core
