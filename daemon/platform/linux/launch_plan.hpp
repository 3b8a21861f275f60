#pragma once

#include "core/base/result.hpp"
#include "core/model/ip_address.hpp"
#include "daemon/platform/posix/run_plan.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What the launch plan of a run in namespaces and control groups has beyond the common part.
namespace potd::platform {

/// One file of a cgroup, written after the directory was made: "memory.limit_in_bytes", "268435456".
/// optional: a failure is skipped (a controller file this kernel lacks).
struct CgroupSetting {
    std::string file;
    std::string value;
    bool optional = false;
};

/// One cgroup directory of the run. Its parent exists; potmon makes it, writes the settings in
/// order, puts the pot into it and removes it at the end. It may exist already. A Shared one is only
/// entered: it exists, belongs to all runs and has no settings.
struct CgroupDirectory {
    enum Role : std::uint32_t {
        Plain = 0,
        Unified = 1,     ///< cgroup v2: entered by clone3, killed by cgroup.kill. At most one directory
        Memory = 2,      ///< peak and OOM kills are read here
        Freezer = 4,     ///< freezer.state or cgroup.freeze is here: thawed before a kill
        Shared = 8,      ///< neither made nor removed
        Later = 16,      ///< not made by potmon; entered if it is there by then, and removed
        KillOnOom = 32,  ///< with Memory: when the kernel kills a process for memory, the others go, too
    };
    std::string path;
    std::uint32_t roles = Plain;  ///< Role bits; without Unified it is a v1 hierarchy
    std::vector<CgroupSetting> settings;
};

/// `count` ids from `inside` on in the pot are `outside` on in the host.
struct IdMapping {
    std::uint32_t inside = 0;
    std::uint32_t outside = 0;
    std::uint32_t count = 0;
};

/// One step of putting the pot's file tree together, in the order given. `target` is a path in the pot;
/// a missing one is made (directories 0755, a file empty 0644) inside the root.
struct MountStep {
    enum class Kind : std::uint8_t {
        FileSystem = 0,     ///< fstype, source (a word such as "proc"), flags, data, as for mount(2)
        Bind = 1,           ///< source directory or file; flags; this mount only
        BindRecursive = 2,  ///< with what is mounted below it; flags apply to all of them
        Devices = 3,        ///< a whole /dev: tmpfs with flags and data; null zero full tty random urandom;
                            ///< links fd stdin stdout stderr core ptmx; a devpts, shm and mqueue of its own
                            ///< These are directories of one tmpfs, which Mask and Own use, too
        Mask = 4,           ///< a file shows the pot's /dev/null, a directory an empty read-only one
        ReadOnly = 5,       ///< what is there, read-only
        Link = 6,           ///< symbolic link at target with the text `source`; existing ones stay
        Own = 7,            ///< the directory `source` (a word) of that tmpfs, empty at first; flags
        BindFile = 8,       ///< as Bind, of a file over the last name itself: a link of that name is covered,
                            ///< not followed
    };
    Kind kind = Kind::FileSystem;
    std::string target;
    std::string source;
    std::string fstype;
    std::uint64_t flags = 0;  ///< MS_RDONLY MS_NOSUID MS_NODEV MS_NOEXEC MS_NOATIME MS_STRICTATIME …
    std::string data;
    bool optional = false;  ///< any failure skips the step. Mask and ReadOnly always skip missing targets
    /// Bind and BindRecursive with a user namespace: the owners of the files appear shifted by its map (an
    /// idmapped mount); what the pot writes there has the unshifted owner on the disk.
    bool shifted = false;
};

/// An interface of a pot with addresses of its own, in its network namespace (a New one): a link on one of
/// the host's, of the same name, or the pot's end of a cable to a bridge of the host.
struct PlanInterface {
    std::uint32_t parent = 0;  ///< the number of the host's interface or bridge
    std::string host_end;      ///< of a cable: what its other end is called; empty: it is none
    bool isolated = false;     ///< of a cable: see set_member
    std::string name;
    std::array<std::uint8_t, 6> hardware{};
    std::vector<core::InterfaceAddress> addresses;  ///< prefixes are set
    std::vector<core::IpAddress> gateways;          ///< of the default route, at most one a family
    /// Routers say which addresses of IPv6 it has, and, with DefaultRoute, that they are the way out.
    enum class Routers : std::uint8_t { Ignored = 0, Addresses = 1, DefaultRoute = 2 };
    Routers routers = Routers::Ignored;
};

struct LaunchPlan : RunPlan {
    enum class Root : std::uint8_t {
        Overlay = 0,  ///< root_data = complete overlay options, escaped: "lowerdir=…,upperdir=…,workdir=…"
        Directory = 1,  ///< root_path, bound recursively
    };
    enum class Network : std::uint8_t {
        Inherit = 0,
        New = 1,   ///< a fresh namespace with loopback up
        Join = 2,  ///< the one at network_path (a bind of a namespace, or /proc/PID/ns/net)
    };

    std::vector<CgroupDirectory> cgroups;
    bool cgroup_namespace = true;

    Network network = Network::Inherit;
    std::string network_path;
    std::vector<PlanInterface> interfaces;
    std::string hostname;
    /// Not empty: the pot gets a user namespace. A Directory root is then shown shifted, like the mount steps
    /// that say so.
    std::vector<IdMapping> uid_map, gid_map;

    Root root = Root::Overlay;
    std::string root_path;
    std::string root_data;
    /// With a user namespace: directories named in root_data that are shown shifted (the lower layers). The
    /// upper layer is not: it belongs to the host's ids of the pot, also on the disk.
    std::vector<std::string> shifted_layers;
    std::uint64_t root_flags = 0;  ///< MS_NODEV, MS_NOATIME … of the root mount
    bool root_read_only = false;   ///< after all mounts are made
    std::vector<MountStep> mounts;

    std::uint64_t capabilities = 0;  ///< bit n = capability n; bounding, permitted and effective of root
    bool no_new_privileges = true;
    std::vector<std::byte> seccomp;  ///< array of struct sock_filter; empty = none
    bool new_keyring = true;
    std::uint32_t umask = 022;
    int oom_score_adj = 0;  ///< of the pot's processes
};

/// The bytes for the memfd. InvalidArgument with `field` if a string holds a NUL byte,
/// TooLarge beyond max_plan_size.
[[nodiscard]] core::Result<std::vector<std::byte>> encode(const LaunchPlan& plan);

/// "lowerdir=…:…,upperdir=…,workdir=…" with the characters overlayfs gives a meaning escaped.
/// `lower` topmost first; `upper` and `work` empty = read-only overlay.
[[nodiscard]] std::string overlay_options(const std::vector<std::string>& lower, const std::string& upper,
                                          const std::string& work);

/// Bytes of an address in the encoded plan.
inline constexpr std::size_t plan_address_size = 18;

/// Largest root_data mount(2) can carry.
inline constexpr std::size_t max_overlay_options = 4095;

}  // namespace potd::platform
