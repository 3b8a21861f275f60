#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace potd::platform {

/// Bit n = capability n of <linux/capability.h>.
using CapabilityMask = std::uint64_t;

/// AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID
/// SETPCAP SETUID SYS_CHROOT: what Docker gives, too.
[[nodiscard]] CapabilityMask default_capabilities();

/// The bit of "NET_ADMIN" (upper case, without CAP_); 0 if there is no such capability.
[[nodiscard]] CapabilityMask capability_bit(std::string_view name);

/// The default set, less `drop`, plus `add`; "ALL" in `drop` empties the default set, in `add` it
/// stands for everything. InvalidArgument names an unknown one by its field.
[[nodiscard]] core::Result<CapabilityMask> capability_set(const std::vector<std::string>& add,
                                                          const std::vector<std::string>& drop);

}  // namespace potd::platform
