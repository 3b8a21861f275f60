#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"
#include "daemon/platform/freebsd/pure/device_rule.hpp"
#include "daemon/platform/freebsd/pure/jail_parameters.hpp"
#include "daemon/platform/posix/run_plan.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What the launch plan of a run in a jail has beyond the common part.
namespace potd::platform {

/// One mount over a directory below the pot's root, in the order given. Never over a file: 13.2 reads memory
/// it has not set when it is asked to (vn_path_to_global_path_hardlink) and may panic.
struct JailMount {
    enum Flag : std::uint8_t {
        ReadOnly = 1,
        NoSetuid = 2,
        NoExec = 4,
        Optional = 8,  ///< a file system this kernel lacks, or a missing source, skips it
    };
    std::string fstype;  ///< nullfs, devfs, fdescfs, procfs, linprocfs, linsysfs, tmpfs
    std::string target;  ///< in the pot; what is missing is made
    std::string source;  ///< nullfs: absolute host path; else empty
    std::uint32_t flags = 0;
    std::vector<std::string> options;  ///< names and values in turn, as nmount(2) takes them
};

/// Whether routers say which addresses of IPv6 an interface has, and, with DefaultRoute, that they are the
/// way out.
enum class RouterWord : std::uint8_t { Ignored = 0, Addresses = 1, DefaultRoute = 2 };

/// A pair of interfaces (epair(4)): the host's end is a member of a bridge, the other is the jail's.
struct JailCable {
    std::string bridge;    ///< the interface of the host
    std::string host_end;  ///< what the two are called
    std::string name;
    std::string note;   ///< says whose it is (network_names.hpp)
    std::string group;  ///< of the host's end, beside potd_group
    bool isolated = false;
    std::array<std::uint8_t, 6> hardware{};         ///< of the jail's end
    std::vector<core::InterfaceAddress> addresses;  ///< prefixes are set
    std::vector<core::IpAddress> gateways;          ///< of the default route, at most one a family
    RouterWord routers = RouterWord::Ignored;
};

/// An interface of the host that is the jail's while that is there; the kernel gives it back with the jail's
/// end.
struct JailDevice {
    std::string name;  ///< on both sides
    std::vector<core::InterfaceAddress> addresses;
    std::vector<core::IpAddress> gateways;  ///< of the default route, at most one a family
};

struct JailPlan : RunPlan {
    std::string jail;  ///< its name, which says the run
    std::string root;  ///< absolute host path
    std::uint32_t umask = 022;
    bool no_new_privileges = true;          ///< programs of the pot gain nothing by set-user-id bits
    bool boots = false;                     ///< argv is not a command of the user but what brings the jail up
    bool loopback = false;                  ///< it has a network stack of its own, where lo0 is to be raised
    std::vector<JailParameter> parameters;  ///< all but name, path, persist and devfs_ruleset
    std::vector<JailMount> mounts;
    std::vector<DeviceRule> device_rules;  ///< of the ruleset made for it; empty = none
    std::vector<std::string> limit_rules;  ///< as rctl_add_rule(2) takes them
    std::vector<std::uint32_t> cpus;       ///< processors it may use; empty = all
    std::vector<JailCable> cables;         ///< with loopback alone
    std::vector<JailDevice> devices;       ///< the same
};

/// The bytes for the file in memory. InvalidArgument with `field` if a string holds a NUL byte,
/// TooLarge beyond max_plan_size.
[[nodiscard]] core::Result<std::vector<std::byte>> encode(const JailPlan& plan);

}  // namespace potd::platform
