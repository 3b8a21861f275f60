#pragma once

#include "daemon/platform/linux/capability.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace potd::platform {

// Which system calls a pot may make. Names as the kernel has them; those an architecture or the
// installed libseccomp lacks are passed over. The conditions follow Docker's approach: a call that
// only a capability makes useful is open exactly when the pot has it.

/// Calls any pot may make with any arguments, blank-separated groups.
[[nodiscard]] std::span<const std::string_view> always_allowed();

/// Calls opened by a capability.
struct ConditionalCalls {
    std::string_view capability;
    std::string_view names;  ///< blank-separated
};
[[nodiscard]] std::span<const ConditionalCalls> allowed_by_capability();

/// The capabilities that change the filter; sets that agree in these share one program.
[[nodiscard]] CapabilityMask filter_capabilities();

}  // namespace potd::platform
