#include "daemon/platform/linux/cgroup_tree.hpp"

#include "daemon/platform/linux/cgroup_files.hpp"
#include "daemon/platform/linux/cgroup_values.hpp"
#include "daemon/platform/linux/device_rules.hpp"
#include "daemon/platform/linux/text.hpp"
#include "daemon/platform/posix/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::array<std::string_view, 5> always_v1{"memory", "pids", "cpu", "cpuacct", "devices"};
constexpr std::array<std::string_view, 5> wanted_v2{"memory", "pids", "cpu", "cpuset", "io"};
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
    if (layout.unified.empty()) {
        add_controller(groups, layout, "freezer", below);
    } else {
        groups.unified = layout.unified + below;
    }
    return groups;
}

core::Error setting_error(core::Error error, const CgroupSetting& setting) {
    if (setting.field.empty()) return error;
    if (error.os_error == ENOENT) {
        error.kind = core::ErrorKind::Unsupported;
        error.message = "the kernel has no " + setting.file;
    }
    error.field = setting.field;
    return std::move(error).in(setting.field);
}

}  // namespace

CgroupTree::CgroupTree(CgroupLayout layout, const std::string& instance)
    : layout_(std::move(layout)), top_("potd." + instance) {}

std::vector<std::string> CgroupTree::tops() const {
    RunCgroups groups = groups_below(layout_, "/" + top_);
    add_controller(groups, layout_, "cpuset", "/" + top_);
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
    if (!layout_.unified.empty()) {
        if (auto given = hand_down(layout_.unified); !given) return given;
        if (auto given = hand_down(layout_.unified + "/" + top_); !given) return given;
    }
    return set_device_rules().in("device rules");
}

core::Status CgroupTree::make_directories(const RunCgroups& groups, bool with_cpuset) {
    std::vector<std::string> directories = groups.v1;
    if (!groups.unified.empty()) directories.push_back(groups.unified);
    for (const std::string& directory : directories) {
        if (::mkdir(directory.c_str(), 0755) != 0) return core::os_error(errno, "make cgroup " + directory);
    }
    if (!with_cpuset || !layout_.on_v1("cpuset")) return {};
    const std::string directory = groups.by_controller.at("cpuset");
    return inherit_cpuset(directory.substr(0, directory.rfind('/')), directory);
}

core::Status CgroupTree::apply(const RunCgroups& groups, const core::Limits& limits) {
    const auto settings = cgroup_settings(limits, layout_);
    if (!settings) return settings.error();
    for (const CgroupSetting& setting : settings.value()) {
        const auto found = groups.by_controller.find(setting.controller);
        const std::string& directory = found == groups.by_controller.end() ? groups.unified : found->second;
        auto written = write_existing(directory + "/" + setting.file, setting.value);
        if (!written) return setting_error(std::move(written).error(), setting);
    }
    return {};
}

core::Result<RunCgroups> CgroupTree::create(const core::RunKey& key, const core::Limits& limits) {
    const std::string below = "/" + top_ + "/" + core::kernel_name(key);
    RunCgroups groups = groups_below(layout_, below);
    if (!limits.cpuset.empty()) add_controller(groups, layout_, "cpuset", below);
    if (auto made = make_directories(groups, !limits.cpuset.empty()); !made) return std::move(made).error();
    if (auto applied = apply(groups, limits); !applied) return std::move(applied).error();
    return groups;
}

RunCgroups CgroupTree::paths(const std::string& name) const {
    const std::string below = "/" + top_ + "/" + name;
    RunCgroups groups = groups_below(layout_, below);
    const auto cpuset = layout_.v1.find("cpuset");
    if (cpuset != layout_.v1.end() && exists(cpuset->second + below)) {
        add_controller(groups, layout_, "cpuset", below);
    }
    return groups;
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
    for (const std::string& directory : tops()) {
        if (::rmdir(directory.c_str()) != 0 && errno != ENOENT && errno != EBUSY && errno != ENOTEMPTY) {
            degraded_.push_back(core::os_error(errno, "remove cgroup " + directory).message);
        }
    }
}

}  // namespace potd::platform
