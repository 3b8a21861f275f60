#include "daemon/platform/freebsd/racct_meter.hpp"

#include "core/base/bounded.hpp"
#include "daemon/platform/freebsd/host_links.hpp"
#include "daemon/platform/freebsd/process_table.hpp"
#include "daemon/platform/freebsd/pure/cable_figures.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "daemon/platform/freebsd/pure/racct_text.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include <sys/param.h>
// after sys/param.h
#include <sys/rctl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::chrono::milliseconds kept_for{500};
constexpr std::int64_t ns_in_a_second = 1'000'000'000, ns_per_us = 1'000;

core::Error no_figures() {
    return core::error(core::ErrorKind::NotFound, "the pot is not running");
}

using Ask = int (*)(const char*, size_t, char*, size_t);

/// The answer to a question about one jail; nothing where the kernel keeps no accounts.
std::optional<std::string> ask(Ask call, const std::string& jail) {
    const std::string filter = "jail:" + jail + ":";
    std::string answer(4096, '\0');
    while (call(filter.c_str(), filter.size() + 1, answer.data(), answer.size()) != 0) {
        constexpr std::size_t largest = 1 << 20;
        if (errno != ERANGE || answer.size() >= largest) return std::nullopt;
        answer.resize(answer.size() * 2);
    }
    return std::string(answer.c_str());
}

using Amounts = std::map<std::string, std::int64_t, std::less<>>;

std::optional<std::int64_t> find(const Amounts& amounts, std::string_view resource) {
    const auto found = amounts.find(resource);
    return found == amounts.end() ? std::nullopt : std::optional(found->second);
}

void take_accounts(const Amounts& used, const Amounts& limits, core::RunFigures& figures) {
    figures.memory_current = find(used, "memoryuse");
    figures.swap_current = find(used, "swapuse");
    figures.pids_current = find(used, "maxproc");
    figures.memory_limit = find(limits, "memoryuse");
    if (!figures.memory_limit) figures.memory_limit = find(limits, "vmemoryuse");
    figures.pids_limit = find(limits, "maxproc");
    if (const auto seconds = find(used, "cputime"))
        figures.cpu_usage_ns = core::bounded_product(*seconds, ns_in_a_second);
}

std::int64_t ns_of(const timeval& time) {
    return static_cast<std::int64_t>(time.tv_sec) * ns_in_a_second +
           static_cast<std::int64_t>(time.tv_usec) * ns_per_us;
}

/// What processes did, and those of their children that they have waited for.
struct Work {
    std::int64_t user_ns = 0, system_ns = 0, faults = 0, major_faults = 0, reads = 0, writes = 0;

    void add(const rusage& use) {
        user_ns += ns_of(use.ru_utime);
        system_ns += ns_of(use.ru_stime);
        faults += static_cast<std::int64_t>(use.ru_minflt) + use.ru_majflt;
        major_faults += use.ru_majflt;
        reads += use.ru_inblock;
        writes += use.ru_oublock;
    }
};

/// Finer than the accounts' whole seconds. Of what has ended it lacks what nobody inside has waited for.
void take_processes(const std::vector<kinfo_proc>& processes, core::RunFigures& figures) {
    Work work;
    std::int64_t resident = 0;
    for (const kinfo_proc& process : processes) {
        work.add(process.ki_rusage);
        work.add(process.ki_rusage_ch);
        resident += static_cast<std::int64_t>(process.ki_rssize) * ::getpagesize();
    }
    figures.cpu_user_ns = work.user_ns;
    figures.cpu_system_ns = work.system_ns;
    figures.cpu_usage_ns = std::max(work.user_ns + work.system_ns, figures.cpu_usage_ns.value_or(0));
    figures.page_faults = work.faults;
    figures.major_page_faults = work.major_faults;
    figures.io_reads = work.reads;
    figures.io_writes = work.writes;
    // The accounts are brought up to date once a second only.
    if (figures.memory_current.value_or(0) == 0) figures.memory_current = resident;
    // Pages of files that nobody has mapped are no process's, so none of these is one not in use.
    figures.memory_working_set = figures.memory_current;
    if (!figures.pids_current) figures.pids_current = static_cast<std::int64_t>(processes.size());
}

}  // namespace

template <typename Value>
bool RacctMeter::Kept<Value>::is_young(Clock::time_point now) const {
    return at && now - *at < kept_for;
}

core::Status RacctMeter::read_processes(Clock::time_point now) {
    auto table = all_processes();
    if (!table) return std::move(table).error();
    processes_ = {{}, now};
    for (kinfo_proc& process : *table) {
        if (process.ki_jid != 0 && process.ki_stat != SZOMB)
            processes_.value[process.ki_jid].push_back(process);
    }
    return {};
}

core::Result<std::vector<kinfo_proc>> RacctMeter::processes_of(int jail) {
    const Clock::time_point now = Clock::now();
    // One that is not in it may have begun since.
    if (!processes_.is_young(now) || !processes_.value.contains(jail)) {
        if (core::Status read = read_processes(now); !read) return std::move(read).error();
    }
    const auto found = processes_.value.find(jail);
    return found == processes_.value.end() ? std::vector<kinfo_proc>() : found->second;
}

core::Result<core::NetworkFigures> RacctMeter::network_of(const std::vector<std::string>& cables) {
    const Clock::time_point now = Clock::now();
    if (!links_.is_young(now)) {
        auto links = read_link_figures();
        if (!links) return std::move(links).error();
        links_ = {std::move(links).value(), now};
    }
    return figures_of_pot(cables, links_.value);
}

core::Result<core::RunFigures> RacctMeter::figures(const core::RunKey& key) {
    const std::string name = jail_name(instance_, key);
    const int jail = find_jail(name);
    if (jail < 0) return no_figures();
    core::RunFigures figures;
    const auto used = ask(::rctl_get_racct, name);
    const auto rules = ask(::rctl_get_rules, name);
    if (used) take_accounts(parse_racct(*used), parse_rules(rules.value_or("")), figures);
    const auto processes = processes_of(jail);
    if (!processes) return processes.error();
    take_processes(*processes, figures);
    if (const auto cables = cables_(key)) {
        auto network = network_of(*cables);
        if (!network) return std::move(network).error();
        figures.network = std::move(network).value();
    }
    return figures;
}

/// The accounts' memory is up to a second old; a jail's pages are all its own to give.
core::Result<core::RunLoad> RacctMeter::load(const core::RunKey& key) {
    auto known = figures(key);
    if (!known) return std::move(known).error();
    return core::RunLoad{known->memory_current.value_or(0), known->pids_current.value_or(0)};
}

}  // namespace potd::platform
