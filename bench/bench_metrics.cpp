// How long does a read of /metrics take with 1,000 running pots, and what does it cost potd?
#include "bench/support/cpu_time.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/exposition_reader.hpp"
#include "tests/support/system.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <stdexcept>

namespace potd::bench {
namespace {

constexpr int many = 1000;

double resident_mb(Subject& subject) {
    return static_cast<double>(test::resident_kib(subject.potd().pid())) / 1024;
}

/// When every pot was measured, so that all its series are there.
void await_figures(Subject& subject, int pots) {
    const bool there = test::wait_until([&] {
        const test::Exposed found = test::read_exposition(subject.api().request("GET", "/metrics").body);
        const auto cpu = found.families.find("potd_pot_cpu_seconds_total");
        return cpu != found.families.end() && cpu->second.samples.size() == static_cast<std::size_t>(pots);
    });
    if (!there) throw std::runtime_error("not every pot was measured within a minute");
}

void measure_with(Report& report, Subject& subject, int pots, const Options& options, const Bound& bound) {
    const double before = resident_mb(subject);
    await_figures(subject, pots);
    const std::string with = " at " + std::to_string(pots);
    std::vector<double> times;
    std::size_t size = 0;
    const double cpu_before = cpu_ms(subject.potd().pid());
    for (int i = 0; i < options.count; ++i) {
        const Stopwatch watch;
        size = subject.api().request("GET", "/metrics").body.size();
        times.push_back(watch.ms());
    }
    const double cpu = (cpu_ms(subject.potd().pid()) - cpu_before) / options.count;
    report.series("GET /metrics" + with, "ms", times, 0, bound);
    report.single("  CPU time of potd, each", "ms", cpu);
    report.single("  its size", "KiB", static_cast<double>(size) / 1024);
    report.single("  memory of potd, more than before the first", "MB", resident_mb(subject) - before);
}

void measure(const Options& options) {
    Report report("metrics");
    Subject subject(options);
    const int some = 100;
    subject.create_idle(0, some);
    subject.start_idle(0, some);
    measure_with(report, subject, some, options, {});
    if (!options.few) {
        subject.create_idle(some, many);
        subject.start_idle(some, many);
        measure_with(report, subject, many, options, {.at_most = 20});
        report.single("daemon, RSS at 1000", "MB", resident_mb(subject), {.at_most = 35});
    }
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 50, potd::bench::measure);
}
