#pragma once

#include "core/port/meter.hpp"

#include <string>

namespace potd::platform {

/// What this machine is and lacks; `drivers` is left to the one who probes file systems.
[[nodiscard]] core::HostFacts read_host_facts();

/// Whether jails may have network stacks of their own (VIMAGE).
[[nodiscard]] bool has_network_stacks();

/// The kernel's random number of this boot (kern.boot_id) as 32 hexadecimal digits; empty on kernels without.
[[nodiscard]] std::string kernel_boot_id();

}  // namespace potd::platform
