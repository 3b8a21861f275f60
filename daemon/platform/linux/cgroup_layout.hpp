#pragma once

#include "core/base/result.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace potd::platform {

enum class CgroupMode { None, V1, V2, Hybrid };

/// "v1", "v2", "hybrid", "none", as in core::HostFacts.
[[nodiscard]] std::string_view to_string(CgroupMode mode) noexcept;

/// Where this machine keeps its control groups. A hybrid machine has controllers on v1 and a unified
/// (v2) hierarchy beside it, which may carry some controllers too.
struct CgroupLayout {
    CgroupMode mode = CgroupMode::None;
    std::map<std::string, std::string> v1;  ///< controller -> directory of its hierarchy
    std::string unified;                    ///< base directory on v2; empty if there is none
    std::set<std::string> v2_controllers;   ///< what the base directory may hand down
    bool delegated = false;                 ///< the base is a unit's own group (systemd Delegate=yes)
    std::string mount{};                    ///< of the unified hierarchy: its base, or a directory above it
    std::set<std::int64_t> huge_pages{};    ///< bytes of each size of huge page that the kernel has
    /// Control files that do nothing here although the kernel has their controllers, and why, a clause.
    /// Known once the tree is prepared (CgroupTree::prepare).
    std::map<std::string, std::string> missing{};

    /// True if some hierarchy counts or limits by `controller`.
    [[nodiscard]] bool has(std::string_view controller) const;
    [[nodiscard]] bool on_v1(std::string_view controller) const;
};

/// Reads <root>/proc/self/mountinfo, <root>/proc/self/cgroup and the sizes of huge pages in <root>/sys;
/// `root` is put in front of every path, so that a made-up tree can stand for a machine.
[[nodiscard]] core::Result<CgroupLayout> discover_cgroups(const std::string& root);

}  // namespace potd::platform
