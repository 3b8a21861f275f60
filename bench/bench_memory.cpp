// What does an idle pot cost in memory, and the daemon with 0, 200 and 1,000 of them?
#include "bench/support/memory_group.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/system.hpp"

#include <algorithm>

namespace potd::bench {
namespace {

constexpr int many = 1000;

struct PerPot {
    std::vector<double> monitor, init;
};

PerPot shares(Subject& subject, int pots) {
    PerPot found;
    for (int i = 0; i < pots; ++i) {
        const auto processes = subject.processes_of(Subject::idle_name(i));
        found.monitor.push_back(static_cast<double>(test::proportional_kib(processes.monitor)));
        if (processes.init == 0) continue;
        found.init.push_back(static_cast<double>(test::proportional_kib(processes.init)));
    }
    return found;
}

double daemon_mib(Subject& subject) {
    return static_cast<double>(test::resident_kib(subject.potd().pid())) / 1024;
}

void measure(const Options& options) {
    const int pots = std::min(options.count, many);
    Report report("memory");
    Subject subject(options);
    const double at_zero = daemon_mib(subject);
    subject.create_idle(0, pots);
    const test::KernelMemory before = test::kernel_memory();
    subject.start_idle(0, pots);
    const test::KernelMemory after = test::kernel_memory();
    const auto each_of = [&](std::int64_t from, std::int64_t to) {
        return static_cast<double>(to - from) / pots;
    };
    const PerPot each = shares(subject, pots);
    const std::string with = " at " + std::to_string(pots);
    report.series("potmon, PSS" + with, "KiB", each.monitor, 0, {.at_most = targets().monitor_kib});
    if (!each.init.empty()) report.series("init inside, PSS" + with, "KiB", each.init);
    report.single("kernel, per idle one" + with, "KiB", each_of(before.sum(), after.sum()), {.at_most = 350});
    report.single("  of it slabs", "KiB", each_of(before.slabs, after.slabs));
    report.single("  of it stacks", "KiB", each_of(before.stacks, after.stacks));
    report.single("  of it page tables", "KiB", each_of(before.page_tables, after.page_tables));
    report.single("  of it per-CPU areas", "KiB", each_of(before.per_cpu, after.per_cpu));
    if (const double empty = empty_memory_group_kib(); empty >= 0) {
        report.single("  of it the empty memory group", "KiB", empty);
    }
    const double at_pots = daemon_mib(subject);
    if (!options.few) {
        subject.create_idle(pots, many);
        subject.start_idle(pots, many);
    }
    report.single("daemon, RSS at 0", "MB", at_zero, {.at_most = 12});
    report.single("daemon, RSS" + with, "MB", at_pots, {.at_most = pots <= 200 ? 16.0 : 35.0});
    if (!options.few) report.single("daemon, RSS at 1000", "MB", daemon_mib(subject), {.at_most = 35});
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 200, potd::bench::measure);
}
