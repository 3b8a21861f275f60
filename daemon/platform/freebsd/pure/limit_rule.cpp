#include "daemon/platform/freebsd/pure/limit_rule.hpp"

#include "daemon/platform/posix/text.hpp"

#include <cmath>
#include <set>

namespace potd::platform {
namespace {

core::Error no_mechanism(const char* field) {
    core::Error error = core::error(core::ErrorKind::Unsupported,
                                    std::string(field) + ": FreeBSD has no such limit for a jail");
    error.field = field;
    return error;
}

class Rules {
  public:
    explicit Rules(std::string_view jail) : prefix_(limit_filter(jail) + ":") {}
    void add(const char* resource, const char* action, std::int64_t amount, const char* field) {
        all_.push_back({prefix_ + resource + ":" + action + "=" + std::to_string(amount), resource, field});
    }
    [[nodiscard]] std::vector<LimitRule> take() && { return std::move(all_); }

  private:
    std::string prefix_;
    std::vector<LimitRule> all_;
};

}  // namespace

std::string limit_filter(std::string_view jail) {
    return "jail:" + std::string(jail);
}

core::Result<std::vector<LimitRule>> limit_rules(std::string_view jail, const core::Limits& limits) {
    if (limits.memory_soft > 0) return no_mechanism("limits.memory_soft");
    if (limits.cpu_weight > 0) return no_mechanism("limits.cpu_weight");
    if (limits.swap && limits.memory <= 0)
        return core::invalid_field("limits.swap", std::to_string(*limits.swap),
                                   "a limits.memory to add it to");
    Rules rules(jail);
    if (limits.memory > 0) rules.add("memoryuse", "sigkill", limits.memory, "limits.memory");
    if (limits.swap) rules.add("swapuse", "deny", limits.memory + *limits.swap, "limits.swap");
    if (limits.pids > 0) rules.add("maxproc", "deny", limits.pids, "limits.pids");
    if (limits.cpus > 0) rules.add("pcpu", "deny", std::llround(limits.cpus * 100), "limits.cpus");
    return std::move(rules).take();
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
