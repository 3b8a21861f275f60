#include "daemon/platform/linux/run_counters.hpp"

#include "core/base/bounded.hpp"
#include "daemon/platform/linux/counter_directory.hpp"
#include "daemon/platform/linux/stall_text.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include <fcntl.h>

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
        const Number value = parse_count(line);
        if (value) figures.*key->figure = core::bounded_product(*value, key->unit);
        --left;
    }
}

void add(Number& sum, std::string_view digits) {
    const Number more = parse_count(digits);
    if (more) sum = core::bounded_sum(sum.value_or(0), *more);
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

using Hierarchy = RunCounters::Hierarchy;

enum class Extent { Whole, Moving };

int top_of(const RunCounters::Tops& tops, Hierarchy which) {
    return tops[static_cast<std::size_t>(which)].get();
}

/// The groups of one run. On v2 they are one, whose directory is opened once.
class RunGroups {
  public:
    RunGroups(bool unified, const RunCounters::Tops& tops, const std::string& name)
        : unified_(unified),
          tops_(tops),
          name_(name),
          main_(top_of(tops, Hierarchy::Main), name.c_str(), buffer_) {}

    [[nodiscard]] bool exist() const { return main_.exists(); }

    [[nodiscard]] RunFigures figures(Extent extent) const {
        const bool whole = extent == Extent::Whole;
        RunFigures figures;
        read_cpu(figures);
        in_group(Hierarchy::Memory, [&](const CounterDirectory& group, bool v1) {
            take_use(group, v1, figures);
            if (!v1) figures.swap_current = group.number("memory.swap.current");
            if (whole) take_seldom(group, v1, figures);
        });
        in_group(Hierarchy::Pids, [&](const CounterDirectory& group, bool /*v1*/) {
            figures.pids_current = group.number("pids.current");
            if (whole) figures.pids_limit = group.number("pids.max");
        });
        read_io(figures);
        if (unified_) {
            figures.cpu_stall = parse_stall(main_.read_once("cpu.pressure"));
            figures.memory_stall = parse_stall(main_.read_once("memory.pressure"));
            figures.io_stall = parse_stall(main_.read_once("io.pressure"));
        }
        return figures;
    }

    [[nodiscard]] core::RunLoad load() const {
        RunFigures figures;
        in_group(Hierarchy::Memory,
                 [&](const CounterDirectory& group, bool v1) { take_use(group, v1, figures); });
        in_group(Hierarchy::Pids, [&](const CounterDirectory& group, bool /*v1*/) {
            figures.pids_current = group.number("pids.current");
        });
        return {figures.memory_working_set.value_or(0), figures.pids_current.value_or(0)};
    }

  private:
    /// On a v1 hierarchy if the controller has one, else in the unified group.
    template <typename Read>
    void in_group(Hierarchy which, const Read& read) const {
        if (is_on_v1(which))
            return read(CounterDirectory(top_of(tops_, which), name_.c_str(), buffer_), true);
        if (unified_) read(main_, false);
    }
    [[nodiscard]] bool is_on_v1(Hierarchy which) const { return top_of(tops_, which) >= 0; }

    static void take_seldom(const CounterDirectory& group, bool v1, RunFigures& figures) {
        figures.memory_peak = group.number(v1 ? "memory.max_usage_in_bytes" : "memory.peak");
        figures.memory_limit = group.number(v1 ? "memory.limit_in_bytes" : "memory.max");
        if (figures.memory_limit.value_or(0) >= v1_unlimited) figures.memory_limit.reset();
        if (v1) figures.memory_kernel = group.number("memory.kmem.usage_in_bytes");
    }

    static void take_use(const CounterDirectory& group, bool v1, RunFigures& figures) {
        figures.memory_current = group.number(v1 ? "memory.usage_in_bytes" : "memory.current");
        const std::string_view text = group.read_once("memory.stat");
        if (v1) take_keyed(text, memory_v1, figures);
        if (!v1) take_keyed(text, memory_v2, figures);
        if (!figures.memory_current || !figures.memory_working_set) return;
        // Two reads, so the sum may lag behind the part.
        figures.memory_working_set =
            std::max<std::int64_t>(0, *figures.memory_current - *figures.memory_working_set);
    }

    /// The unified group counts time without a controller, all of it in one file.
    void read_cpu(RunFigures& figures) const {
        const bool quota_there = !is_on_v1(Hierarchy::Quota);
        if (unified_) {
            const std::string_view text = main_.read_once("cpu.stat");
            take_keyed(text, cpu_times, figures);
            if (quota_there) take_keyed(text, quota_v2, figures);
        } else {
            read_times_v1(figures);
        }
        if (quota_there) return;
        in_group(Hierarchy::Quota, [&](const CounterDirectory& group, bool /*v1*/) {
            take_keyed(group.read_once("cpu.stat"), quota_v1, figures);
        });
    }

    void read_times_v1(RunFigures& figures) const {
        in_group(Hierarchy::CpuTime, [&](const CounterDirectory& group, bool /*v1*/) {
            figures.cpu_usage_ns = group.number("cpuacct.usage");
            figures.cpu_user_ns = group.number("cpuacct.usage_user");
            figures.cpu_system_ns = group.number("cpuacct.usage_sys");
        });
    }

    void read_io(RunFigures& figures) const {
        in_group(Hierarchy::Devices, [&](const CounterDirectory& group, bool v1) {
            if (!v1) return take_io_v2(group.read_once("io.stat"), figures);
            take_io_v1(group.read_once("blkio.throttle.io_service_bytes"), figures.io_read_bytes,
                       figures.io_write_bytes);
            take_io_v1(group.read_once("blkio.throttle.io_serviced"), figures.io_reads, figures.io_writes);
        });
    }

    bool unified_;
    const RunCounters::Tops& tops_;
    const std::string& name_;
    mutable CounterBuffer buffer_;  // NOLINT(cppcoreguidelines-pro-type-member-init): 16 KiB, filled by reads
    CounterDirectory main_;
};

UniqueFd open_top(const std::string& path) {
    return UniqueFd(path.empty() ? -1 : ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

void RunCounters::open_tops() {
    struct Home {
        Hierarchy which;
        const char* controller;
    };
    constexpr std::array homes{Home{Hierarchy::Memory, "memory"}, Home{Hierarchy::Pids, "pids"},
                               Home{Hierarchy::Quota, "cpu"}, Home{Hierarchy::CpuTime, "cpuacct"},
                               Home{Hierarchy::Devices, "blkio"}};
    tops_[static_cast<std::size_t>(Hierarchy::Main)] = open_top(cgroups_.main_group(""));
    for (const Home& home : homes)
        tops_[static_cast<std::size_t>(home.which)] = open_top(cgroups_.v1_group(home.controller, ""));
}

/// Who finds no run looks anew from the root: the directories above may have been made since.
template <typename Read>
auto RunCounters::in_groups(const std::string& name, const Read& read) {
    const bool unified = !cgroups_.layout().unified.empty();
    using Found = std::optional<decltype(read(std::declval<const RunGroups&>()))>;
    if (const RunGroups groups(unified, tops_, name); groups.exist()) return Found(read(groups));
    open_tops();
    const RunGroups groups(unified, tops_, name);
    return groups.exist() ? Found(read(groups)) : Found();
}

std::optional<RunFigures> RunCounters::figures(const std::string& name) {
    return in_groups(name, [](const RunGroups& groups) { return groups.figures(Extent::Whole); });
}

std::optional<RunFigures> RunCounters::moving_figures(const std::string& name) {
    return in_groups(name, [](const RunGroups& groups) { return groups.figures(Extent::Moving); });
}

std::optional<core::RunLoad> RunCounters::load(const std::string& name) {
    return in_groups(name, [](const RunGroups& groups) { return groups.load(); });
}

}  // namespace potd::platform
