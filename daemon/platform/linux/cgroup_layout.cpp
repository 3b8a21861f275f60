#include "daemon/platform/linux/cgroup_layout.hpp"

#include "core/base/bounded.hpp"
#include "daemon/platform/linux/cgroup_files.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <array>

#include <sys/xattr.h>

namespace potd::platform {
namespace {

constexpr std::array<std::string_view, 9> known_v1{"memory",  "pids",   "cpu",   "cpuacct", "devices",
                                                   "freezer", "cpuset", "blkio", "hugetlb"};

struct MountLine {
    std::string point, type, super_options;
};

/// proc_pid_mountinfo(5): the optional fields end at a single dash.
MountLine parse_mount(std::string_view line) {
    const auto fields = split_blanks(line);
    const auto dash = std::find(fields.begin(), fields.end(), "-");
    if (fields.size() < 5 || fields.end() - dash < 4) return {};
    return {std::string(fields[4]), std::string(dash[1]), std::string(dash[3])};
}

void add_v1(CgroupLayout& layout, const std::string& directory, std::string_view super_options) {
    for (const auto option : split(super_options, ',')) {
        const bool known = std::find(known_v1.begin(), known_v1.end(), option) != known_v1.end();
        if (known) layout.v1.emplace(option, directory);
    }
}

/// The path in the unified hierarchy ("0::/a/b" gives "/a/b").
std::string own_unified_path(const std::string& self_cgroup) {
    for (const auto line : split(self_cgroup, '\n')) {
        if (line.starts_with("0::")) return std::string(line.substr(3));
    }
    return "/";
}

bool is_delegated(const std::string& directory) {
    for (const char* name : {"trusted.delegate", "user.delegate"}) {
        char value = '0';
        if (::getxattr(directory.c_str(), name, &value, 1) == 1 && value == '1') return true;
    }
    return false;
}

/// On a machine without v1 a service manager may have given us a group of our own. Pots that outlive us
/// cannot be below it: once it hands controllers down it takes no process any more (cgroups(7), "no internal
/// processes"), and there the manager puts the next potd. They go beside it; for the sake of a delegated
/// group the manager hands the parent every controller. In a leaf that the manager made below the delegated
/// group (DelegateSubgroup= of systemd 254) there is no such trouble, and pots stay inside.
void choose_v2_base(CgroupLayout& layout, const std::string& own_path) {
    if (own_path.size() < 2) return;
    const std::string own = layout.unified + own_path;
    const std::string parent = own.substr(0, own.rfind('/'));
    if (is_delegated(own)) {
        layout.unified = parent;
    } else if (parent.size() > layout.unified.size() && is_delegated(parent)) {
        layout.unified = parent;
        layout.delegated = true;
    }
}

/// "hugepages-2048kB"
std::set<std::int64_t> huge_page_sizes(const std::string& root) {
    constexpr std::string_view prefix = "hugepages-", suffix = "kB";
    std::set<std::int64_t> sizes;
    for (const std::string& entry : child_groups(root + "/sys/kernel/mm/hugepages")) {
        std::string_view name = entry;
        if (!name.starts_with(prefix) || !name.ends_with(suffix)) continue;
        name.remove_prefix(prefix.size());
        name.remove_suffix(suffix.size());
        if (const auto kib = parse_count(name)) sizes.insert(core::bounded_product(*kib, 1024));
    }
    return sizes;
}

CgroupMode mode_of(const CgroupLayout& layout) {
    if (layout.v1.empty()) return layout.unified.empty() ? CgroupMode::None : CgroupMode::V2;
    return layout.unified.empty() ? CgroupMode::V1 : CgroupMode::Hybrid;
}

}  // namespace

std::string_view to_string(CgroupMode mode) noexcept {
    switch (mode) {
        case CgroupMode::None: return "none";
        case CgroupMode::V1: return "v1";
        case CgroupMode::V2: return "v2";
        case CgroupMode::Hybrid: return "hybrid";
    }
    return "none";
}

bool CgroupLayout::on_v1(std::string_view controller) const {
    return v1.contains(std::string(controller));
}

bool CgroupLayout::has(std::string_view controller) const {
    return on_v1(controller) || v2_controllers.contains(std::string(controller));
}

core::Result<CgroupLayout> discover_cgroups(const std::string& root) {
    auto mounts = read_file(root + "/proc/self/mountinfo");
    if (!mounts) return mounts.error();
    CgroupLayout layout;
    for (const auto line : split(mounts.value(), '\n')) {
        const MountLine mount = parse_mount(line);
        if (mount.type == "cgroup") add_v1(layout, root + mount.point, mount.super_options);
        if (mount.type == "cgroup2" && layout.unified.empty()) layout.unified = root + mount.point;
    }
    layout.mount = layout.unified;
    layout.mode = mode_of(layout);
    layout.huge_pages = huge_page_sizes(root);
    if (layout.mode == CgroupMode::V2) {
        if (auto own = read_file(root + "/proc/self/cgroup"))
            choose_v2_base(layout, own_unified_path(own.value()));
    }
    if (layout.unified.empty()) return layout;
    if (auto controllers = read_file(layout.unified + "/cgroup.controllers")) {
        for (const auto name : split_blanks(controllers.value())) layout.v2_controllers.emplace(name);
    }
    return layout;
}

}  // namespace potd::platform
