// How long after kill -9, with 200 and with 1,000 pots running, until potd serves again and has adopted every
// one?
#include "bench/support/cpu_time.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"

#include <algorithm>
#include <stdexcept>

namespace potd::bench {
namespace {

constexpr int rounds = 10, many = 1000;

struct Recoveries {
    std::vector<double> elapsed, cpu;  ///< ms; of processor time: what potd has used by then
};

void expect_adopted(Subject& subject, const test::Json& before, int pots) {
    const test::Json now = subject.api().request("GET", "/v1/pots?limit=1000").json()["items"];
    for (std::size_t i = 0; i < static_cast<std::size_t>(pots); ++i) {
        if (now[i]["state"] != "running" || now[i]["run"]["pid"] != before[i]["run"]["pid"]) {
            throw std::runtime_error("not adopted: " + now[i].dump());
        }
    }
}

Recoveries recoveries(Subject& subject, int pots) {
    const test::Json before = subject.api().request("GET", "/v1/pots?limit=1000").json()["items"];
    Recoveries found;
    for (int i = 0; i < rounds; ++i) {
        subject.potd().kill9();
        const Stopwatch watch;
        subject.potd().start();
        expect_adopted(subject, before, pots);
        found.elapsed.push_back(watch.ms());
        found.cpu.push_back(cpu_ms(subject.potd().pid()));
    }
    return found;
}

void measure_with(Subject& subject, Report& report, int pots, double at_most) {
    const Recoveries found = recoveries(subject, pots);
    const std::string with = std::to_string(pots) + " running";
    report.series("serving again with " + with + ", all adopted", "ms", found.elapsed, 0,
                  {.at_most = at_most});
    report.series("  of it potd's CPU with " + with, "ms", found.cpu);
}

void measure(const Options& options) {
    const int first = std::min(options.count, many);
    Report report("recovery after kill -9");
    Subject subject(options);
    subject.create_idle(0, first);
    subject.start_idle(0, first);
    measure_with(subject, report, first, first <= 200 ? 300 : 1500);
    if (first < many && !options.few) {
        subject.create_idle(first, many);
        subject.start_idle(first, many);
        measure_with(subject, report, many, 1500);
    }
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 200, potd::bench::measure);
}
