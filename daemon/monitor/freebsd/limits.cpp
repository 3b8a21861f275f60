#include "daemon/monitor/freebsd/limits.hpp"

#include "daemon/monitor/text.hpp"

#include <cerrno>
#include <cstring>

#include <sys/param.h>
// after sys/param.h
#include <sys/cpuset.h>
#include <sys/rctl.h>

namespace potd::monitor {

using platform::JailView;
using platform::PlanTag;

namespace {

bool add_rules(const JailView& plan, Fault& fault) {
    for (const auto payload : plan.of(PlanTag::LimitRule)) {
        std::string_view rule;
        if (!platform::read_limit_rule(payload, rule)) continue;
        if (::rctl_add_rule(rule.data(), rule.size() + 1, nullptr, 0) == 0) continue;
        const int reason = errno;
        fail(fault, Stage::Cgroup, -reason, "limit", rule);
        if (reason == ENOSYS) fault.text.add("; kern.racct.enable is 0: set it in /boot/loader.conf");
        return false;
    }
    return true;
}

bool set_processors(int jail, const JailView& plan, Fault& fault) {
    const auto bytes = plan.jail.cpus;
    if (bytes.empty()) return true;
    cpuset_t set;
    CPU_ZERO(&set);
    for (std::size_t at = 0; at + 4 <= bytes.size(); at += 4) {
        std::uint32_t cpu = 0;
        std::memcpy(&cpu, bytes.data() + at, sizeof cpu);
        if (cpu >= CPU_SETSIZE) return fail(fault, Stage::Cgroup, -ERANGE, "limit cpuset");
        CPU_SET(cpu, &set);
    }
    if (::cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_JAIL, jail, sizeof set, &set) == 0) return true;
    return fail(fault, Stage::Cgroup, -errno, "limit cpuset");
}

}  // namespace

bool set_limits(int jail, const JailView& plan, Fault& fault) {
    return add_rules(plan, fault) && set_processors(jail, plan, fault);
}

bool kills_for_memory(const JailView& plan) {
    for (const auto payload : plan.of(PlanTag::LimitRule)) {
        std::string_view rule;
        const bool read = platform::read_limit_rule(payload, rule);
        if (read && rule.find(":memoryuse:sigkill=") != rule.npos) return true;
    }
    return false;
}

void remove_limits(const JailView& plan) {
    const auto rules = plan.of(PlanTag::LimitRule);
    if (!(rules.begin() != rules.end())) return;
    FixedText<300> filter;
    filter.add("jail:").add(plan.jail.name).add(":");
    (void)::rctl_remove_rule(filter.c_str(), filter.view().size() + 1, nullptr, 0);
}

}  // namespace potd::monitor
