#pragma once

#include "core/base/result.hpp"

#include <string>
#include <vector>

#include <linux/bpf.h>

namespace potd::platform {

/// One kind of device a pot may use; everything else is denied.
struct DeviceRule {
    char type = 'c';  ///< 'c' or 'b'
    int major = -1;   ///< -1 = every
    int minor = -1;
    std::string access;  ///< of "rwm"
};

/// mknod of anything, use of null zero full random urandom tty console ptmx and pts.
[[nodiscard]] const std::vector<DeviceRule>& default_device_rules();

/// "c 1:3 rwm", as devices.allow of cgroup v1 takes it.
[[nodiscard]] std::string v1_rule(const DeviceRule& rule);

/// The same list as a BPF_PROG_TYPE_CGROUP_DEVICE program.
[[nodiscard]] std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules);

/// Writes the rules into a run's v1 devices group.
[[nodiscard]] core::Status apply_v1_device_rules(const std::string& directory,
                                                 const std::vector<DeviceRule>& rules);

/// Loads the program and attaches it to a v2 group; it stays with the group until that is removed.
[[nodiscard]] core::Status attach_device_program(const std::string& directory,
                                                 const std::vector<DeviceRule>& rules);

}  // namespace potd::platform
