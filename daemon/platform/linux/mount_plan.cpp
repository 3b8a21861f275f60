#include "daemon/platform/linux/mount_plan.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <sys/mount.h>

namespace potd::platform {
namespace {

constexpr std::uint64_t closed = MS_NOSUID | MS_NODEV | MS_NOEXEC;

// What the kernel tells about the whole machine; Docker's list.
constexpr std::array masked{"/proc/acpi",
                            "/proc/asound",
                            "/proc/interrupts",
                            "/proc/kcore",
                            "/proc/keys",
                            "/proc/latency_stats",
                            "/proc/sched_debug",
                            "/proc/scsi",
                            "/proc/timer_list",
                            "/proc/timer_stats",
                            "/sys/devices/virtual/powercap",
                            "/sys/firmware"};
constexpr std::array read_only{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

// Controllers whose v1 files programs read to find their limits.
constexpr std::array shown_v1{"memory", "cpu", "cpuacct", "pids"};

using Steps = std::vector<MountStep>;

MountStep file_system(const char* type, std::string target, std::uint64_t flags, std::string data = {}) {
    return {MountStep::Kind::FileSystem, std::move(target), type, type, flags, std::move(data), false};
}

MountStep bind_tree(std::string source, std::string target, std::uint64_t flags, bool optional = false) {
    return {MountStep::Kind::BindRecursive, std::move(target), std::move(source), {}, flags, {}, optional};
}

void add_root_binds(Steps& steps, const core::RootFs& root) {
    for (const core::RootFs::Bind& each : root.binds) {
        steps.push_back(
            bind_tree(each.source, each.target, each.read_only ? MS_RDONLY | MS_NODEV : MS_NODEV));
        steps.back().shifted = true;
    }
}

/// A unified group counts CPU time, so that a run has no group in a hierarchy that does nothing else; the
/// pot would see the whole machine's there.
bool own_group(const std::string& controller, const CgroupLayout& layout) {
    if (controller != "cpuacct" || layout.unified.empty()) return true;
    return layout.on_v1("cpu") && layout.v1.at("cpu") == layout.v1.at("cpuacct");
}

void add_v1_cgroups(Steps& steps, const CgroupLayout& layout) {
    std::vector<std::string> shown;
    MountStep directory;
    directory.kind = MountStep::Kind::Own;
    directory.target = "/sys/fs/cgroup";
    directory.source = "cgroup";
    directory.flags = closed;
    directory.optional = true;
    steps.push_back(std::move(directory));
    for (const std::string controller : shown_v1) {
        const auto found = layout.v1.find(controller);
        if (found == layout.v1.end() || !own_group(controller, layout)) continue;
        const std::string name = found->second.substr(found->second.rfind('/') + 1);
        if (std::find(shown.begin(), shown.end(), name) != shown.end()) continue;
        shown.push_back(name);
        steps.push_back(file_system("cgroup", "/sys/fs/cgroup/" + name, closed | MS_RDONLY, name));
        steps.back().optional = true;
    }
}

void add_cgroups(Steps& steps, const CgroupLayout& layout) {
    if (layout.mode == CgroupMode::V2) {
        steps.push_back(file_system("cgroup2", "/sys/fs/cgroup", closed | MS_RDONLY));
        steps.back().optional = true;
    } else if (!layout.v1.empty()) {
        add_v1_cgroups(steps, layout);
    }
}

void add_kernel_files(Steps& steps, const MountContext& context) {
    steps.push_back(file_system("proc", "/proc", closed));
    MountStep devices = file_system("tmpfs", "/dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
    devices.kind = MountStep::Kind::Devices;
    steps.push_back(std::move(devices));
    steps.push_back(file_system("sysfs", "/sys", closed | MS_RDONLY));
    if (context.cgroup_files) add_cgroups(steps, context.cgroups);
}

/// By the host's are those missed that it does not have; what a user asked for must be there.
void add_name_files(Steps& steps, const NamePaths& names, const core::PotSpec& spec) {
    const auto add = [&](const std::string& source, const char* target, bool wanted) {
        if (source.empty()) return;
        MountStep step = bind_tree(source, target, closed | MS_RDONLY, !wanted);
        step.kind = MountStep::Kind::BindFile;
        steps.push_back(std::move(step));
    };
    const bool servers = spec.dns.mode == core::DnsMode::Custom || spec.dns.mode == core::DnsMode::Pot;
    add(names.resolver, "/etc/resolv.conf", servers);
    add(names.hosts, "/etc/hosts", !spec.hosts.empty());
}

MountStep user_mount(const core::MountSpec& mount) {
    std::uint64_t flags = MS_NOSUID | MS_NODEV;
    if (mount.read_only) flags |= MS_RDONLY;
    if (mount.kind != core::MountSpec::Kind::Tmpfs) {
        MountStep step = bind_tree(mount.source, mount.target, flags);
        step.shifted = true;
        return step;
    }
    std::string data = "mode=1777";
    if (mount.size > 0) data += ",size=" + std::to_string(mount.size);
    return file_system("tmpfs", mount.target, flags, std::move(data));
}

void add_restrictions(Steps& steps) {
    for (const char* path : masked) {
        MountStep step;
        step.kind = MountStep::Kind::Mask;
        step.target = path;
        steps.push_back(std::move(step));
    }
    for (const char* path : read_only) {
        MountStep step;
        step.kind = MountStep::Kind::ReadOnly;
        step.target = path;
        steps.push_back(std::move(step));
    }
}

}  // namespace

std::vector<MountStep> plan_mounts(const MountContext& context) {
    Steps steps;
    add_root_binds(steps, context.root);
    add_kernel_files(steps, context);
    // Before anything of the pot's: a mount on /proc would keep them from what it covers and can show again,
    // one on /dev would say by what is masked (CVE-2025-31133).
    add_restrictions(steps);
    add_name_files(steps, context.names, context.spec);
    for (const core::MountSpec& mount : context.spec.mounts) steps.push_back(user_mount(mount));
    return steps;
}

}  // namespace potd::platform
