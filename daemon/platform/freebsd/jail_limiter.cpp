#include "daemon/platform/freebsd/jail_limiter.hpp"

#include "daemon/platform/freebsd/jail_kernel.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "daemon/platform/freebsd/pure/limit_rule.hpp"
#include "daemon/platform/freebsd/pure/racct_text.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <sys/param.h>
// after sys/param.h
#include <sys/cpuset.h>
#include <sys/rctl.h>

namespace potd::platform {
namespace {

using Question = int (*)(const char*, size_t, char*, size_t);

/// The kernel's answer about one jail; empty where it keeps no accounts.
std::string ask_rctl(Question question, const std::string& jail) {
    constexpr std::size_t largest = 1 << 20;
    const std::string filter = limit_filter(jail) + ":";
    std::string answer(4096, '\0');
    while (question(filter.c_str(), filter.size() + 1, answer.data(), answer.size()) != 0) {
        if (errno != ERANGE || answer.size() >= largest) return {};
        answer.resize(answer.size() * 2);
    }
    return answer.c_str();
}

core::Status add_rule(const LimitRule& rule) {
    if (::rctl_add_rule(rule.text.c_str(), rule.text.size() + 1, nullptr, 0) == 0) return {};
    core::Error refused = core::os_error(errno, rule.field + ": " + rule.text);
    refused.field = rule.field;
    return refused;
}

core::Status remove_rule(const std::string& rule) {
    if (::rctl_remove_rule(rule.c_str(), rule.size() + 1, nullptr, 0) == 0 || errno == ESRCH) return {};
    return core::os_error(errno, "remove " + rule);
}

/// The rule for memory kills what is above it.
core::Status check_memory(const std::string& jail, const core::Limits& limits) {
    if (limits.memory == 0) return {};
    const auto used = parse_racct(ask_rctl(::rctl_get_racct, jail));
    const auto memory = used.find("memoryuse");
    if (memory == used.end() || memory->second <= limits.memory) return {};
    core::Error refused = core::error(core::ErrorKind::Conflict,
                                      "limits.memory: '" + std::to_string(limits.memory) +
                                          "' is not valid while the pot runs, expected at least the " +
                                          std::to_string(memory->second) + " bytes that it uses");
    refused.field = "limits.memory";
    return refused;
}

core::Status change_rules(const std::string& jail, const std::vector<LimitRule>& wanted) {
    const RuleChange change = rule_change(ask_rctl(::rctl_get_rules, jail), wanted);
    for (std::size_t i = 0; i < change.add.size(); ++i) {
        core::Status added = add_rule(change.add[i]);
        if (added) continue;
        core::Error cause = std::move(added).error();
        for (std::size_t back = 0; back < i; ++back) {
            if (core::Status gone = remove_rule(change.add[back].text); !gone)
                cause.message += "; " + gone.error().message;
        }
        return cause;
    }
    for (const std::string& rule : change.remove) {
        if (core::Status gone = remove_rule(rule); !gone) return gone;
    }
    return {};
}

core::Result<cpuset_t> processors_of(const core::Limits& limits) {
    cpuset_t set;
    CPU_ZERO(&set);
    if (limits.cpuset.empty()) {
        if (::cpuset_getaffinity(CPU_LEVEL_ROOT, CPU_WHICH_PID, -1, sizeof set, &set) == 0) return set;
        return core::os_error(errno, "processors of this machine");
    }
    const auto cpus = parse_cpus(limits.cpuset, "limits.cpuset");
    if (!cpus) return cpus.error();
    for (const unsigned cpu : *cpus) CPU_SET(cpu, &set);
    return set;
}

core::Status change_processors(int jail, const core::Limits& limits) {
    const auto wanted = processors_of(limits);
    if (!wanted) return wanted.error();
    if (::cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_JAIL, jail, sizeof *wanted, &*wanted) == 0) return {};
    const char* const field = limits.cpu_count > 0 ? "limits.cpu_count" : "limits.cpuset";
    core::Error refused = core::os_error(errno, std::string(field) + ": processors of the jail");
    refused.field = field;
    return refused;
}

core::Status set_jail_limits(const std::string& name, const core::Limits& limits) {
    const auto jail = jail_named(name);
    if (!jail || jail->dying) return core::error(core::ErrorKind::NotFound, "the pot is not running");
    const auto rules = limit_rules(name, limits, accounting_enabled());
    if (!rules) return rules.error();
    if (core::Status enough = check_memory(name, limits); !enough) return enough;
    cpuset_t before;
    CPU_ZERO(&before);
    const bool known =
        ::cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_JAIL, jail->id, sizeof before, &before) == 0;
    if (core::Status moved = change_processors(jail->id, limits); !moved) return moved;
    core::Status changed = change_rules(name, *rules);
    if (changed || !known) return changed;
    core::Error cause = std::move(changed).error();
    if (::cpuset_setaffinity(CPU_LEVEL_WHICH, CPU_WHICH_JAIL, jail->id, sizeof before, &before) != 0)
        cause.message += "; its processors stay as asked for: " + core::os_error(errno, "cpuset").message;
    return cause;
}

}  // namespace

std::vector<core::LeftOut> JailLimiter::left_out(const core::Limits& limits) const {
    return plan_rules("", limits, accounting_enabled()).left_out;
}

void JailLimiter::set(const core::RunKey& key, const core::Limits& limits, core::Reply<void> reply) {
    auto result = std::make_shared<core::Status>();
    worker_.blocking(
        [name = jail_name(instance_, key), limits, result] { *result = set_jail_limits(name, limits); },
        [result, reply = std::move(reply)] { reply(std::move(*result)); });
}

std::vector<int> usable_processors() {
    cpuset_t set;
    CPU_ZERO(&set);
    std::vector<int> cpus;
    if (::cpuset_getaffinity(CPU_LEVEL_WHICH, CPU_WHICH_PID, -1, sizeof set, &set) != 0) return cpus;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
    return cpus;
}

}  // namespace potd::platform
