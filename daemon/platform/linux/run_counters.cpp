#include "daemon/platform/linux/run_counters.hpp"

#include "daemon/platform/linux/counter_directory.hpp"
#include "daemon/platform/linux/stall_text.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <span>
#include <string_view>

namespace potd::platform {
namespace {

using core::RunFigures;
using Number = std::optional<std::int64_t>;

/// v1 says "no limit" by the largest multiple of the page size.
constexpr std::int64_t v1_unlimited = std::int64_t{1} << 60;

struct KeyedFigure {
    std::string_view key;
    Number RunFigures::*figure;
    std::int64_t unit = 1;  ///< of the figure in one of the file
};
constexpr std::int64_t ns_in_a_us = 1000;
constexpr KeyedFigure cpu_times[] = {{"usage_usec", &RunFigures::cpu_usage_ns, ns_in_a_us},
                                     {"user_usec", &RunFigures::cpu_user_ns, ns_in_a_us},
                                     {"system_usec", &RunFigures::cpu_system_ns, ns_in_a_us}};
constexpr KeyedFigure quota_v1[] = {{"nr_periods", &RunFigures::cpu_periods},
                                    {"nr_throttled", &RunFigures::cpu_throttled_periods},
                                    {"throttled_time", &RunFigures::cpu_throttled_ns}};
constexpr KeyedFigure quota_v2[] = {{"nr_periods", &RunFigures::cpu_periods},
                                    {"nr_throttled", &RunFigures::cpu_throttled_periods},
                                    {"throttled_usec", &RunFigures::cpu_throttled_ns, ns_in_a_us}};
// The pages not used lately, of which the working set is made then.
constexpr KeyedFigure memory_v1[] = {{"total_inactive_file", &RunFigures::memory_working_set},
                                     {"total_swap", &RunFigures::swap_current},
                                     {"total_pgfault", &RunFigures::page_faults},
                                     {"total_pgmajfault", &RunFigures::major_page_faults}};
constexpr KeyedFigure memory_v2[] = {{"inactive_file", &RunFigures::memory_working_set},
                                     {"kernel", &RunFigures::memory_kernel},
                                     {"pgfault", &RunFigures::page_faults},
                                     {"pgmajfault", &RunFigures::major_page_faults}};

/// Lines of "key number". Ends when it has them all.
void take_keyed(std::string_view text, std::span<const KeyedFigure> keys, RunFigures& figures) {
    std::size_t left = keys.size();
    while (!text.empty() && left > 0) {
        std::string_view line = take_line(text);
        const std::string_view word = take_word(line);
        const auto key =
            std::find_if(keys.begin(), keys.end(), [&](const KeyedFigure& each) { return each.key == word; });
        if (key == keys.end()) continue;
        const Number value = parse_number(line);
        if (value) figures.*key->figure = *value * key->unit;
        --left;
    }
}

void add(Number& sum, std::string_view digits) {
    const Number more = parse_number(digits);
    if (more) sum = sum.value_or(0) + *more;
}

/// io.stat has a line for each device: "8:0 rbytes=1 wbytes=2 rios=3 …".
void take_io_v2(std::string_view text, RunFigures& figures) {
    for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
        const std::size_t key = std::min(word.find('='), word.size() - 1) + 1;
        const std::string_view digits = word.substr(key);
        if (word.starts_with("rbytes=")) add(figures.io_read_bytes, digits);
        if (word.starts_with("wbytes=")) add(figures.io_write_bytes, digits);
        if (word.starts_with("rios=")) add(figures.io_reads, digits);
        if (word.starts_with("wios=")) add(figures.io_writes, digits);
    }
}

/// Lines of "8:0 Read 123", and sums. A device that the kernel counts for nobody has none.
void take_io_v1(std::string_view text, Number& read, Number& written) {
    while (!text.empty()) {
        std::string_view line = take_line(text);
        (void)take_word(line);  // the device
        const std::string_view kind = take_word(line);
        if (kind == "Read") add(read, line);
        if (kind == "Write") add(written, line);
    }
}

/// The groups of one run. On v2 they are one, whose directory is opened once.
class RunGroups {
  public:
    RunGroups(const CgroupTree& cgroups, const std::string& name)
        : cgroups_(cgroups), name_(name), main_(cgroups.main_group(name).c_str(), buffer_) {}

    [[nodiscard]] bool exist() const { return main_.exists(); }

    [[nodiscard]] RunFigures figures() const {
        RunFigures figures;
        read_cpu(figures);
        in_group("memory", [&](const CounterDirectory& group, bool v1) {
            take_use(group, v1, figures);
            figures.memory_peak = group.number(v1 ? "memory.max_usage_in_bytes" : "memory.peak");
            figures.memory_limit = group.number(v1 ? "memory.limit_in_bytes" : "memory.max");
            if (figures.memory_limit.value_or(0) >= v1_unlimited) figures.memory_limit.reset();
            if (v1) figures.memory_kernel = group.number("memory.kmem.usage_in_bytes");
            if (!v1) figures.swap_current = group.number("memory.swap.current");
        });
        in_group("pids", [&](const CounterDirectory& group, bool /*v1*/) {
            figures.pids_current = group.number("pids.current");
            figures.pids_limit = group.number("pids.max");
        });
        read_io(figures);
        if (is_unified()) {
            figures.cpu_stall = parse_stall(main_.read("cpu.pressure"));
            figures.memory_stall = parse_stall(main_.read("memory.pressure"));
            figures.io_stall = parse_stall(main_.read("io.pressure"));
        }
        return figures;
    }

    [[nodiscard]] core::RunLoad load() const {
        RunFigures figures;
        in_group("memory", [&](const CounterDirectory& group, bool v1) { take_use(group, v1, figures); });
        in_group("pids", [&](const CounterDirectory& group, bool /*v1*/) {
            figures.pids_current = group.number("pids.current");
        });
        return {figures.memory_working_set.value_or(0), figures.pids_current.value_or(0)};
    }

  private:
    [[nodiscard]] bool is_unified() const { return !cgroups_.layout().unified.empty(); }

    template <typename Read>
    void in_group(const char* controller, const Read& read) const {
        if (!cgroups_.layout().on_v1(controller)) {
            if (is_unified()) read(main_, false);
            return;
        }
        read(CounterDirectory(cgroups_.v1_group(controller, name_).c_str(), buffer_), true);
    }

    static void take_use(const CounterDirectory& group, bool v1, RunFigures& figures) {
        figures.memory_current = group.number(v1 ? "memory.usage_in_bytes" : "memory.current");
        if (v1) take_keyed(group.read("memory.stat"), memory_v1, figures);
        if (!v1) take_keyed(group.read("memory.stat"), memory_v2, figures);
        if (!figures.memory_current || !figures.memory_working_set) return;
        // Two reads, so the sum may lag behind the part.
        figures.memory_working_set =
            std::max<std::int64_t>(0, *figures.memory_current - *figures.memory_working_set);
    }

    /// The unified group counts time without a controller, all of it in one file.
    void read_cpu(RunFigures& figures) const {
        const bool quota_there = !cgroups_.layout().on_v1("cpu");
        if (is_unified()) {
            const std::string_view text = main_.read("cpu.stat");
            take_keyed(text, cpu_times, figures);
            if (quota_there) take_keyed(text, quota_v2, figures);
        } else {
            read_times_v1(figures);
        }
        if (quota_there) return;
        const CounterDirectory group(cgroups_.v1_group("cpu", name_).c_str(), buffer_);
        take_keyed(group.read("cpu.stat"), quota_v1, figures);
    }

    void read_times_v1(RunFigures& figures) const {
        in_group("cpuacct", [&](const CounterDirectory& group, bool /*v1*/) {
            figures.cpu_usage_ns = group.number("cpuacct.usage");
            figures.cpu_user_ns = group.number("cpuacct.usage_user");
            figures.cpu_system_ns = group.number("cpuacct.usage_sys");
        });
    }

    void read_io(RunFigures& figures) const {
        if (!cgroups_.layout().on_v1("blkio")) {
            if (is_unified()) take_io_v2(main_.read("io.stat"), figures);
            return;
        }
        in_group("blkio", [&](const CounterDirectory& group, bool /*v1*/) {
            take_io_v1(group.read("blkio.throttle.io_service_bytes"), figures.io_read_bytes,
                       figures.io_write_bytes);
            take_io_v1(group.read("blkio.throttle.io_serviced"), figures.io_reads, figures.io_writes);
        });
    }

    const CgroupTree& cgroups_;
    const std::string& name_;
    mutable CounterBuffer buffer_;  // NOLINT(cppcoreguidelines-pro-type-member-init): 16 KiB, filled by reads
    CounterDirectory main_;
};

}  // namespace

std::optional<RunFigures> read_figures(const CgroupTree& cgroups, const std::string& name) {
    const RunGroups groups(cgroups, name);
    return groups.exist() ? std::optional(groups.figures()) : std::nullopt;
}

std::optional<core::RunLoad> read_load(const CgroupTree& cgroups, const std::string& name) {
    const RunGroups groups(cgroups, name);
    return groups.exist() ? std::optional(groups.load()) : std::nullopt;
}

}  // namespace potd::platform
