#include "daemon/platform/linux/cgroup_abilities.hpp"

#include "core/base/bytes.hpp"
#include "daemon/platform/linux/cgroup_files.hpp"
#include "daemon/platform/linux/cgroup_values.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <array>
#include <utility>

namespace potd::platform {
namespace {

struct OptionalFile {
    const char* controller;
    bool v1;
    const char* file;
    const char* reason;  ///< if it is not there
};

constexpr const char* no_quota = "the kernel was built without CPU quotas (CONFIG_CFS_BANDWIDTH)";
constexpr const char* no_swap = "the kernel does not count swap (swapaccount=1 on its command line)";
constexpr const char* no_throttle = "the kernel was built without bounds on block devices";
constexpr const char* no_weights =
    "no block device here has a scheduler with weights (bfq in /sys/block/*/queue/scheduler, or on cgroup v2 "
    "iocost in io.cost.qos)";

constexpr std::array optional_files{
    OptionalFile{"memory", true, "memory.memsw.limit_in_bytes", no_swap},
    OptionalFile{"memory", false, "memory.swap.max", no_swap},
    OptionalFile{"cpu", true, "cpu.cfs_quota_us", no_quota},
    OptionalFile{"cpu", false, "cpu.max", no_quota},
    OptionalFile{"blkio", true, "blkio.throttle.read_bps_device", no_throttle},
    OptionalFile{"io", false, "io.max", no_throttle},
    OptionalFile{"blkio", true, "blkio.bfq.weight", no_weights},
    OptionalFile{"io", false, "io.bfq.weight", no_weights},
    OptionalFile{"io", false, "io.weight", no_weights},
};

std::string scheduler_of(const std::string& devices, const std::string& device) {
    return devices + "/" + device + "/queue/scheduler";
}

/// Weights that no scheduler looks at limit nothing.
bool some_device_has_bfq(const std::string& root) {
    const std::string devices = root + "/sys/block";
    for (const std::string& device : linked_names(devices)) {
        const auto schedulers = read_file(scheduler_of(devices, device));
        if (schedulers && schedulers->find("[bfq]") != std::string::npos) return true;
    }
    return false;
}

/// It is the machine's, and no group's: at the root of the hierarchy alone.
bool some_device_has_costs(const CgroupLayout& layout) {
    const auto costs = read_file(layout.mount + "/io.cost.qos");
    return costs && costs->find("enable=1") != std::string::npos;
}

bool does_nothing(const OptionalFile& each, const CgroupLayout& layout, const std::string& root) {
    if (each.reason != no_weights) return false;
    return std::string_view(each.file) == "io.weight" ? !some_device_has_costs(layout)
                                                      : !some_device_has_bfq(root);
}

core::Limits sample_of(std::string_view name, const CgroupLayout& layout) {
    core::Limits one;
    constexpr std::int64_t bytes = 1 << 30;
    if (name == "cpuset") one.cpuset = "0";
    if (name == "cpu_count") one.cpu_count = 1;
    if (name == "cpus") one.cpus = 1;
    if (name == "cpu_weight") one.cpu_weight = 100;
    if (name == "memory" || name == "swap") one.memory = bytes;
    if (name == "swap") one.swap = 0;
    if (name == "memory_soft") one.memory_soft = bytes;
    if (name == "pids") one.pids = 100;
    if (name == "io_weight") one.io_weight = 100;
    if (name == "io") one.io = {{"0:0", bytes, 0, 0, 0}};
    if (name == "hugepages")
        one.hugepages = {
            {layout.huge_pages.empty() ? "2M" : core::format_bytes(*layout.huge_pages.begin()), 0}};
    if (name == "rctl") one.rctl = {{"nthr", 1}};
    return one;
}

}  // namespace

std::map<std::string, std::string> missing_files(const CgroupLayout& layout, const std::string& top,
                                                 const std::string& root) {
    std::map<std::string, std::string> missing;
    for (const OptionalFile& each : optional_files) {
        const auto v1 = layout.v1.find(each.controller);
        if (each.v1 != (v1 != layout.v1.end()) || !layout.has(each.controller)) continue;
        const std::string& hierarchy = each.v1 ? v1->second : layout.unified;
        if (!exists(std::string(hierarchy).append("/").append(top).append("/").append(each.file)) ||
            does_nothing(each, layout, root))
            missing.emplace(each.file, each.reason);
    }
    return missing;
}

std::vector<core::LimitAbility> limit_abilities(const CgroupLayout& layout) {
    std::vector<core::LimitAbility> all;
    for (const std::string_view name : core::limit_names) {
        if (name == "disk" || name.starts_with("network_")) continue;
        const PlannedLimits planned = plan_limits(sample_of(name, layout), layout);
        core::LimitAbility& one = all.emplace_back();
        one.name = name;
        const std::string field = "limits." + one.name;
        for (const core::LeftOut& lack : planned.left_out) {
            if (lack.field == field || lack.field.starts_with(field + ".")) one.lack = lack.reason;
        }
    }
    return all;
}

}  // namespace potd::platform
