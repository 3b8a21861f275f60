#include "daemon/platform/freebsd/pure/limit_rule.hpp"

#include "daemon/platform/posix/text.hpp"

#include <cmath>
#include <set>

namespace potd::platform {
namespace {

constexpr const char* no_mechanism = "FreeBSD has no such limit for a jail";
constexpr const char* no_accounting = "kern.racct.enable is 0 here; it is set in /boot/loader.conf";

class Rules {
  public:
    Rules(std::string_view jail, bool accounting)
        : prefix_(limit_filter(jail) + ":"), accounting_(accounting) {}
    void add(const std::string& resource, const char* action, std::int64_t amount, const std::string& field) {
        if (!accounting_) return leave_out(field, no_accounting);
        planned_.rules.push_back(
            {prefix_ + resource + ":" + action + "=" + std::to_string(amount), resource, field});
    }
    void leave_out(const std::string& field, const char* reason) {
        planned_.left_out.push_back({field, reason});
    }
    [[nodiscard]] PlannedRules take() && { return std::move(planned_); }

  private:
    std::string prefix_;
    bool accounting_;
    PlannedRules planned_;
};

/// rctl(8) says which resources take which actions.
const char* action_of(std::string_view resource) {
    if (resource.ends_with("bps") || resource.ends_with("iops")) return "throttle";
    return resource == "cputime" || resource == "wallclock" ? "sigkill" : "deny";
}

void leave_out_unknown(Rules& rules, const core::Limits& limits) {
    if (limits.memory_soft > 0) rules.leave_out("limits.memory_soft", no_mechanism);
    if (limits.cpu_weight > 0) rules.leave_out("limits.cpu_weight", no_mechanism);
    if (limits.io_weight > 0) rules.leave_out("limits.io_weight", no_mechanism);
    if (!limits.io.empty())
        rules.leave_out("limits.io",
                        "FreeBSD bounds no single device; limits.rctl has readbps, writebps, readiops and "
                        "writeiops of all together");
    for (const auto& [page, bytes] : limits.hugepages)
        rules.leave_out("limits.hugepages." + page, no_mechanism);
}

/// What is the same for both but the number, "jail:NAME:maxproc:deny".
std::string_view subject_of(std::string_view rule) {
    return rule.substr(0, rule.find('='));
}

}  // namespace

std::string limit_filter(std::string_view jail) {
    return "jail:" + std::string(jail);
}

PlannedRules plan_rules(std::string_view jail, const core::Limits& limits, bool accounting) {
    Rules rules(jail, accounting);
    leave_out_unknown(rules, limits);
    // Whom the second kills the first tells the kernel's log.
    if (limits.memory > 0) rules.add("memoryuse", "log", limits.memory, "limits.memory");
    if (limits.memory > 0 && accounting) rules.add("memoryuse", "sigkill", limits.memory, "limits.memory");
    if (limits.swap) rules.add("swapuse", "deny", limits.memory + *limits.swap, "limits.swap");
    if (limits.pids > 0) rules.add("maxproc", "deny", limits.pids, "limits.pids");
    if (limits.cpus > 0) rules.add("pcpu", "deny", std::llround(limits.cpus * 100), "limits.cpus");
    if (limits.files > 0) rules.add("openfiles", "deny", limits.files, "limits.files");
    for (const auto& [resource, amount] : limits.rctl)
        rules.add(resource, action_of(resource), amount, "limits.rctl." + resource);
    return std::move(rules).take();
}

core::Result<std::vector<LimitRule>> limit_rules(std::string_view jail, const core::Limits& limits,
                                                 bool accounting) {
    if (limits.swap && limits.memory <= 0)
        return core::invalid_field("limits.swap", std::to_string(*limits.swap),
                                   "a limits.memory to add it to");
    PlannedRules planned = plan_rules(jail, limits, accounting);
    if (core::Status enforced = core::check_left_out(limits, planned.left_out); !enforced)
        return std::move(enforced).error();
    return std::move(planned.rules);
}

std::vector<core::LimitAbility> limit_abilities(bool accounting) {
    core::Limits every;
    every.cpuset = "0";
    every.cpus = 1;
    every.cpu_weight = every.io_weight = 100;
    every.memory = every.memory_soft = 1 << 30;
    every.swap = 0;
    every.pids = every.files = 1;
    every.io = {{"/dev/ada0", 4096, 0, 0, 0}};
    every.hugepages = {{"2M", 0}};
    every.rctl = {{"nthr", 1}};
    const auto lacks = plan_rules("", every, accounting).left_out;
    std::vector<core::LimitAbility> all;
    for (const std::string_view name : core::limit_names) {
        if (name == "disk" || name.starts_with("network_")) continue;
        core::LimitAbility& one = all.emplace_back();
        one.name = name;
        const std::string field = "limits." + one.name;
        for (const core::LeftOut& lack : lacks) {
            if (lack.field == field || lack.field.starts_with(field + ".")) one.lack = lack.reason;
        }
    }
    return all;
}

RuleChange rule_change(std::string_view present, const std::vector<LimitRule>& wanted) {
    RuleChange change;
    std::set<std::string_view> there;
    for (const std::string_view rule : split(present, ',')) {
        if (!rule.empty()) there.insert(rule);
    }
    for (const LimitRule& rule : wanted) {
        if (there.erase(rule.text) == 0) change.add.push_back(rule);
    }
    // Other people's rules for this jail have other actions or resources, and stay.
    for (const std::string_view rule : there) {
        const std::string_view subject = subject_of(rule);
        if (subject.ends_with(":deny") || subject.ends_with(":sigkill") || subject.ends_with(":throttle") ||
            subject.ends_with(":memoryuse:log"))
            change.remove.emplace_back(rule);
    }
    return change;
}

core::Result<std::vector<unsigned>> parse_cpus(std::string_view list, std::string_view field) {
    constexpr std::int64_t most = 1023;
    std::set<unsigned> cpus;
    for (const std::string_view part : split(list, ',')) {
        const std::size_t dash = part.find('-');
        const auto first = parse_number(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : parse_number(part.substr(dash + 1));
        if (!first || !last || *first < 0 || *last < *first || *last > most)
            return core::invalid_field(field, list, "processors like 0,2-3");
        for (std::int64_t cpu = *first; cpu <= *last; ++cpu) cpus.insert(static_cast<unsigned>(cpu));
    }
    return std::vector<unsigned>(cpus.begin(), cpus.end());
}

}  // namespace potd::platform
