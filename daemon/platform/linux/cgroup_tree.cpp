#include "daemon/platform/linux/cgroup_tree.hpp"

#include "daemon/platform/linux/block_device.hpp"
#include "daemon/platform/linux/cgroup_abilities.hpp"
#include "daemon/platform/linux/cgroup_files.hpp"
#include "daemon/platform/linux/cgroup_huge_pages.hpp"
#include "daemon/platform/linux/cgroup_values.hpp"
#include "daemon/platform/linux/device_rules.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

// A group costs some 8 KiB and half a tenth of a millisecond, so a run has those that count or limit.
constexpr std::array<std::string_view, 3> always_v1{"memory", "pids", "cpu"};
// What a unified group does as well: it counts CPU time without a controller, and freezes.
constexpr std::array<std::string_view, 2> without_unified{"cpuacct", "freezer"};
// What some runs have: by their limits, their rights, or because an earlier version made it.
constexpr std::array<std::string_view, 5> sometimes_v1{"cpuset", "blkio", "hugetlb", "devices", "cpuacct"};
// Those of them that a limit may ask for while the run is under way.
constexpr std::array<std::string_view, 3> later_v1{"cpuset", "blkio", "hugetlb"};
constexpr std::array<std::string_view, 6> wanted_v2{"memory", "pids", "cpu", "cpuset", "io", "hugetlb"};
constexpr const char* leaf = "/supervisor";

void add_controller(RunCgroups& groups, const CgroupLayout& layout, std::string_view controller,
                    const std::string& below) {
    const auto found = layout.v1.find(std::string(controller));
    if (found == layout.v1.end()) return;
    const std::string directory = found->second + below;
    groups.by_controller.emplace(controller, directory);
    if (std::find(groups.v1.begin(), groups.v1.end(), directory) == groups.v1.end())
        groups.v1.push_back(directory);
}

RunCgroups groups_below(const CgroupLayout& layout, const std::string& below) {
    RunCgroups groups;
    for (const auto controller : always_v1) add_controller(groups, layout, controller, below);
    if (!layout.unified.empty()) {
        groups.unified = layout.unified + below;
        return groups;
    }
    for (const auto controller : without_unified) add_controller(groups, layout, controller, below);
    return groups;
}

/// The device rules stand on the top group and hold in it as well as below it. `directories` are those
/// the run has anyway: one of them may be in that hierarchy.
void add_shared_devices(std::vector<CgroupDirectory>& directories, const CgroupLayout& layout,
                        const std::string& top) {
    const auto devices = layout.v1.find("devices");
    if (devices == layout.v1.end()) return;
    const std::string shared = devices->second + top;
    const bool below = std::any_of(
        directories.begin(), directories.end(),
        [&](const CgroupDirectory& directory) { return directory.path.starts_with(shared + "/"); });
    if (!below) directories.push_back({shared, CgroupDirectory::Shared, {}});
}

/// The unified group comes first: the pot's first process is born in it.
std::vector<CgroupDirectory> directories_of(const RunCgroups& groups, const CgroupLayout& layout) {
    std::vector<CgroupDirectory> directories;
    if (!groups.unified.empty()) {
        std::uint32_t roles = CgroupDirectory::Unified | CgroupDirectory::Freezer;
        if (!layout.on_v1("memory") && layout.has("memory")) roles |= CgroupDirectory::Memory;
        directories.push_back({groups.unified, roles, {}});
    }
    for (const std::string& path : groups.v1) directories.push_back({path, CgroupDirectory::Plain, {}});
    const auto mark = [&](const char* controller, std::uint32_t role) {
        const auto found = groups.by_controller.find(controller);
        if (found == groups.by_controller.end()) return;
        for (CgroupDirectory& directory : directories) {
            if (directory.path == found->second) directory.roles |= role;
        }
    };
    mark("memory", CgroupDirectory::Memory);
    mark("freezer", CgroupDirectory::Freezer);
    return directories;
}

/// Groups that the run has not now; whoever joins its groups enters them once they are there.
void add_later(std::vector<CgroupDirectory>& directories, const RunCgroups& groups,
               const CgroupLayout& layout, const std::string& below) {
    RunCgroups more;
    for (const auto controller : later_v1) {
        if (!groups.by_controller.contains(std::string(controller)))
            add_controller(more, layout, controller, below);
    }
    for (const std::string& path : more.v1) {
        if (std::find(groups.v1.begin(), groups.v1.end(), path) == groups.v1.end())
            directories.push_back({path, CgroupDirectory::Later, {}});
    }
}

bool asks_for(const std::vector<LimitSetting>& settings, std::string_view controller) {
    return std::any_of(settings.begin(), settings.end(),
                       [&](const LimitSetting& setting) { return setting.controller == controller; });
}

/// Where a controller's files are: its v1 group, else the unified one, which is first.
CgroupDirectory& directory_for(std::vector<CgroupDirectory>& directories, const RunCgroups& groups,
                               const std::string& controller) {
    const auto found = groups.by_controller.find(controller);
    if (found == groups.by_controller.end()) return directories.front();
    return *std::find_if(directories.begin(), directories.end(),
                         [&](const CgroupDirectory& directory) { return directory.path == found->second; });
}

}  // namespace

CgroupTree::CgroupTree(CgroupLayout layout, const std::string& instance, std::string root)
    : layout_(std::move(layout)),
      top_("potd." + instance),
      monitors_("potd-monitors." + instance),
      root_(std::move(root)) {}

std::string CgroupTree::monitors() const {
    return layout_.mode == CgroupMode::V2 ? layout_.unified + "/" + monitors_ : "";
}

std::vector<std::string> CgroupTree::tops() const {
    RunCgroups groups = groups_below(layout_, "/" + top_);
    for (const auto controller : sometimes_v1) add_controller(groups, layout_, controller, "/" + top_);
    if (!groups.unified.empty()) groups.v1.push_back(groups.unified);
    return groups.v1;
}

core::Status CgroupTree::make_tops() {
    for (const std::string& directory : tops()) {
        if (auto made = make_directory(directory); !made) return made;
    }
    const auto cpuset = layout_.v1.find("cpuset");
    if (cpuset == layout_.v1.end()) return {};
    return inherit_cpuset(cpuset->second, cpuset->second + "/" + top_);
}

core::Status CgroupTree::hand_down(const std::string& directory) {
    for (const auto controller : wanted_v2) {
        if (!layout_.v2_controllers.contains(std::string(controller)) || layout_.on_v1(controller)) continue;
        auto enabled = write_existing(directory + "/cgroup.subtree_control", "+" + std::string(controller));
        // Only limits.hugepages needs it.
        if (!enabled && controller == "hugetlb") {
            layout_.v2_controllers.erase("hugetlb");
            continue;
        }
        if (!enabled) return std::move(enabled).in("hand down controller " + std::string(controller));
    }
    return {};
}

core::Status CgroupTree::leave_base() {
    const std::string directory = layout_.unified + leaf;
    if (auto made = make_directory(directory); !made) return made;
    return write_existing(directory + "/cgroup.procs", std::to_string(::getpid()));
}

core::Status CgroupTree::set_device_rules() {
    if (const auto devices = layout_.v1.find("devices"); devices != layout_.v1.end()) {
        const std::string directory = devices->second + "/" + top_;
        // Denying again would take the inherited rules from runs that live.
        const auto current = read_file(directory + "/devices.list");
        if (current && !current.value().starts_with("a ")) return {};
        return apply_v1_device_rules(directory, default_device_rules());
    }
    if (layout_.unified.empty())
        return core::error(core::ErrorKind::Unsupported, "no hierarchy limits devices");
    return attach_device_program(layout_.unified + "/" + top_, default_device_rules());
}

core::Status CgroupTree::prepare() {
    if (layout_.mode == CgroupMode::None) {
        return core::error(core::ErrorKind::Unsupported, "this machine has no control groups mounted");
    }
    if (layout_.delegated) {
        if (auto left = leave_base(); !left) return left;
    }
    if (auto made = make_tops(); !made) return made;
    if (const std::string directory = monitors(); !directory.empty()) {
        if (auto made = make_directory(directory); !made) return made;
    }
    if (!layout_.unified.empty()) {
        hand_down_huge_pages(layout_);
        if (auto given = hand_down(layout_.unified); !given) return given;
        if (auto given = hand_down(layout_.unified + "/" + top_); !given) return given;
    }
    layout_.missing = missing_files(layout_, top_, root_);
    return set_device_rules().in("device rules");
}

bool CgroupTree::is_later(std::string_view controller) {
    return std::find(later_v1.begin(), later_v1.end(), controller) != later_v1.end();
}

core::Status CgroupTree::make_later(const std::string& name, const std::string& controller) {
    const auto found = layout_.v1.find(controller);
    if (found == layout_.v1.end()) return {};
    const std::string above = found->second + "/" + top_;
    const std::string directory = above + "/" + name;
    const RunCgroups groups = paths(name);
    const std::string& from = groups.unified.empty() ? groups.v1.front() : groups.unified;
    if (!exists(from)) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    if (auto made = make_directory(directory); !made) return made;
    if (controller == "cpuset") {
        if (auto given = inherit_cpuset(above, directory); !given) return given;
    }
    // Also of a group that is there: who made it may not have come to its end.
    return gather_processes(from, directory);
}

core::Result<std::vector<CgroupDirectory>> CgroupTree::plan(const std::string& name,
                                                            const core::Limits& limits,
                                                            DeviceGroup devices) const {
    const auto numbered = with_device_numbers(limits, root_);
    if (!numbered) return numbered.error();
    const auto settings = cgroup_settings(*numbered, layout_);
    if (!settings) return settings.error();
    const std::string below = "/" + top_ + "/" + name;
    RunCgroups groups = groups_below(layout_, below);
    for (const auto controller : later_v1) {
        if (asks_for(*settings, controller)) add_controller(groups, layout_, controller, below);
    }
    const bool own_cpuset = groups.by_controller.contains("cpuset");
    if (devices == DeviceGroup::Own) add_controller(groups, layout_, "devices", below);
    auto directories = directories_of(groups, layout_);
    if (own_cpuset) {
        const auto nodes = read_file(layout_.v1.at("cpuset") + "/" + top_ + "/cpuset.mems");
        if (!nodes) return nodes.error();
        directory_for(directories, groups, "cpuset")
            .settings.push_back({"cpuset.mems", std::string(trimmed(nodes.value()))});
    }
    for (const LimitSetting& setting : settings.value()) {
        directory_for(directories, groups, setting.controller)
            .settings.push_back({setting.file, setting.value});
    }
    add_later(directories, groups, layout_, below);
    if (devices == DeviceGroup::Shared) add_shared_devices(directories, layout_, "/" + top_);
    return directories;
}

RunCgroups CgroupTree::paths(const std::string& name) const {
    const std::string below = "/" + top_ + "/" + name;
    RunCgroups groups = groups_below(layout_, below);
    for (const auto controller : sometimes_v1) {
        const auto found = layout_.v1.find(std::string(controller));
        if (found != layout_.v1.end() && exists(found->second + below)) {
            add_controller(groups, layout_, controller, below);
        }
    }
    return groups;
}

std::string CgroupTree::main_group(const std::string& name) const {
    if (!layout_.unified.empty()) return layout_.unified + "/" + top_ + "/" + name;
    for (const auto controller : always_v1) {
        std::string group = v1_group(std::string(controller), name);
        if (!group.empty()) return group;
    }
    return {};
}

std::string CgroupTree::v1_group(const std::string& controller, const std::string& name) const {
    const auto found = layout_.v1.find(controller);
    return found == layout_.v1.end() ? std::string() : found->second + "/" + top_ + "/" + name;
}

core::Status CgroupTree::kill(const std::string& name) {
    const RunCgroups groups = paths(name);
    if (!groups.unified.empty()) {
        auto killed = write_existing(groups.unified + "/cgroup.kill", "1");
        if (killed || killed.error().kind == core::ErrorKind::NotFound) return {};
        return killed;
    }
    const auto freezer = groups.by_controller.find("freezer");
    if (freezer == groups.by_controller.end()) return kill_listed(groups.v1.front());
    return kill_frozen(freezer->second);
}

bool CgroupTree::populated(const std::string& name) const {
    const RunCgroups groups = paths(name);
    if (!groups.unified.empty()) {
        const auto events = read_file(groups.unified + "/cgroup.events");
        return events && keyed_number(events.value(), "populated").value_or(0) != 0;
    }
    return !groups.v1.empty() && !read_processes(groups.v1.front()).empty();
}

std::vector<std::int32_t> CgroupTree::processes(const std::string& name) const {
    const RunCgroups groups = paths(name);
    if (!groups.unified.empty()) return read_processes(groups.unified);
    return groups.v1.empty() ? std::vector<std::int32_t>{} : read_processes(groups.v1.front());
}

core::Status CgroupTree::remove(const std::string& name) {
    const RunCgroups groups = paths(name);
    core::Status result;
    std::vector<std::string> directories = groups.v1;
    if (!groups.unified.empty()) directories.push_back(groups.unified);
    for (const std::string& directory : directories) {
        auto removed = remove_group(directory);
        if (!removed && result) result = std::move(removed);
    }
    return result;
}

std::vector<std::string> CgroupTree::runs() const {
    std::set<std::string> names;
    for (const std::string& top : tops()) {
        for (std::string& name : child_groups(top)) names.insert(std::move(name));
    }
    return {names.begin(), names.end()};
}

void CgroupTree::remove_top() {
    // A top group that still holds runs stays: EBUSY is the answer wanted.
    for (const std::string& directory : tops()) ::rmdir(directory.c_str());
    if (const std::string directory = monitors(); !directory.empty()) ::rmdir(directory.c_str());
}

}  // namespace potd::platform
