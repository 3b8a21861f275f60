#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/freebsd/pure/device_rule.hpp"
#include "daemon/platform/freebsd/pure/jail_parameters.hpp"

#include <map>
#include <string>
#include <vector>

namespace potd::platform {

/// What a pot's attributes come to.
struct JailAttributes {
    std::vector<JailParameter> parameters;
    std::vector<DeviceRule> device_rules;  ///< the whole set
    std::uint16_t included_ruleset = 0;    ///< must exist; 0 = none
    bool procfs = false, fdescfs = false;  ///< mounted in the pot
    bool linux = false;                    ///< a Linux userland: its /proc, /sys and /dev/fd
};

/// pot's attributes (reference: pot's manual, "attributes") with their defaults, and "jail.NAME" for any
/// parameter of this kernel that is not potd's own business. Values are as in pot: yes and no, numbers, new,
/// inherit and disable. Errors name "attributes.NAME".
[[nodiscard]] core::Result<JailAttributes> resolve_attributes(const std::map<std::string, std::string>& given,
                                                              const JailParameterKinds& known);

}  // namespace potd::platform
