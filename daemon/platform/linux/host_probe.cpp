#include "daemon/platform/linux/host_probe.hpp"

#include "core/base/bounded.hpp"
#include "core/model/validate.hpp"
#include "daemon/platform/linux/cgroup_abilities.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <set>

#include <linux/capability.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace potd::platform {
namespace {

struct Needed {
    int capability;
    const char* sentence;
};

constexpr std::array needed{
    Needed{CAP_SYS_ADMIN, "CAP_SYS_ADMIN is missing: no pot can be started."},
    Needed{CAP_SYS_RESOURCE,
           "CAP_SYS_RESOURCE is missing: oom_score_adj cannot be lowered, so monitors are not protected from "
           "the kernel's out-of-memory killer, and hard resource limits cannot be raised."},
    Needed{CAP_MKNOD, "CAP_MKNOD is missing: devices are bound from the host instead of made."},
    Needed{CAP_SYS_PTRACE, "CAP_SYS_PTRACE is missing: namespaces of pots cannot be entered by exec."},
};

std::string text_of(const std::string& path) {
    const auto content = read_file(path);
    return content ? std::string(trimmed(content.value())) : std::string{};
}

std::uint64_t own_capabilities(const std::string& root) {
    const std::string status = text_of(root + "/proc/self/status");
    for (const auto line : split(status, '\n')) {
        if (!line.starts_with("CapEff:")) continue;
        const auto digits = trimmed(line.substr(7));
        std::uint64_t mask = 0;
        (void)std::from_chars(digits.data(), digits.data() + digits.size(), mask, 16);
        return mask;
    }
    return 0;
}

void add_missing_capabilities(core::HostFacts& facts, const std::string& root) {
    const std::uint64_t owned = own_capabilities(root);
    for (const Needed& each : needed) {
        if ((owned >> static_cast<unsigned>(each.capability) & 1) == 0)
            facts.degraded.emplace_back(each.sentence);
    }
}

void add_missing_groups(core::HostFacts& facts, const CgroupLayout& cgroups) {
    const auto lack = [&](const char* controller, const char* what) {
        if (!cgroups.has(controller)) {
            facts.degraded.push_back("The control group controller " + std::string(controller) +
                                     " is missing: " + what + ".");
        }
    };
    if (cgroups.mode == CgroupMode::None) {
        facts.degraded.emplace_back("No control groups are mounted: no pot can be started.");
        return;
    }
    lack("memory", "limits.memory is refused and memory is not counted");
    lack("pids", "limits.pids is refused and a fork bomb is not contained");
    lack("cpu", "limits.cpus and limits.cpu_weight are refused");
    lack("cpuset", "limits.cpuset and limits.cpu_count are refused");
    if (cgroups.unified.empty()) {
        facts.degraded.emplace_back(
            "There is no unified control group hierarchy: killing and freezing a pot go through the v1 "
            "freezer.");
    } else if (!exists(cgroups.unified + "/cgroup.procs")) {
        facts.degraded.emplace_back("The unified control group hierarchy cannot be read.");
    }
}

/// The file is there and cannot be read where the kernel could count and was not told to.
void add_missing_stalls(core::HostFacts& facts, const CgroupLayout& cgroups, const std::string& root) {
    if (!read_file(root + "/proc/pressure/memory")) {
        facts.degraded.emplace_back(
            "The kernel does not count stalls (psi=1 on its command line): pots have no figures of pressure, "
            "and rules of pressure cannot use those of memory.");
    } else if (cgroups.unified.empty()) {
        facts.degraded.emplace_back(
            "There is no unified control group hierarchy: pots have no figures of pressure.");
    }
}

void add_names(core::HostFacts& facts) {
    utsname names{};
    if (::uname(&names) != 0) return;
    facts.system = &names.sysname[0];
    facts.release = &names.release[0];
    facts.machine = &names.machine[0];
    facts.hostname = &names.nodename[0];
}

/// What the kernel lists of CPUs in a file; empty if it has none.
std::vector<int> cpu_list(const std::string& path) {
    constexpr int most = 1 << 20;
    const std::string text = text_of(path);
    const auto list = core::parse_cpu_list(text, most, path);
    return text.empty() || !list ? std::vector<int>() : *list;
}

/// Those that are on, and that pots may have.
std::vector<int> usable_cpus(const CgroupLayout& cgroups, const std::string& root) {
    std::vector<int> online = cpu_list(root + "/sys/devices/system/cpu/online");
    const auto v1 = cgroups.v1.find("cpuset");
    const std::vector<int> given = cpu_list(
        v1 != cgroups.v1.end() ? v1->second + "/cpuset.cpus" : cgroups.unified + "/cpuset.cpus.effective");
    if (given.empty()) return online;
    std::erase_if(online, [&](int cpu) { return !std::binary_search(given.begin(), given.end(), cpu); });
    return online;
}

}  // namespace

core::HostFacts read_host_facts(const CgroupLayout& cgroups, const std::string& root) {
    core::HostFacts facts;
    add_names(facts);
    facts.boot_id = text_of(root + "/proc/sys/kernel/random/boot_id");
    facts.cpus = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
    const std::string memory = text_of(root + "/proc/meminfo");
    constexpr std::int64_t kilo = 1024;
    facts.memory = core::bounded_product(keyed_number(memory, "MemTotal:").value_or(0), kilo);
    facts.cgroup_mode = to_string(cgroups.mode);
    std::set<std::string> controllers(cgroups.v2_controllers);
    for (const auto& [name, directory] : cgroups.v1) controllers.insert(name);
    facts.controllers.assign(controllers.begin(), controllers.end());
    add_missing_capabilities(facts, root);
    add_missing_groups(facts, cgroups);
    add_missing_stalls(facts, cgroups, root);
    facts.cpu_numbers = usable_cpus(cgroups, root);
    facts.limits = limit_abilities(cgroups);
    return facts;
}

}  // namespace potd::platform
