// How long after kill -9, with 200 pots running, until potd serves again and has adopted every one?
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"

#include <stdexcept>

namespace potd::bench {
namespace {

constexpr int rounds = 10;

void expect_adopted(Subject& subject, const test::Json& before, int pots) {
    const test::Json now = subject.api().request("GET", "/v1/pots?limit=1000").json()["items"];
    for (std::size_t i = 0; i < static_cast<std::size_t>(pots); ++i) {
        if (now[i]["state"] != "running" || now[i]["run"]["pid"] != before[i]["run"]["pid"]) {
            throw std::runtime_error("not adopted: " + now[i].dump());
        }
    }
}

void measure(const Options& options) {
    Subject subject(options);
    subject.create_idle(0, options.count);
    subject.start_idle(0, options.count);
    const test::Json before = subject.api().request("GET", "/v1/pots?limit=1000").json()["items"];
    std::vector<double> samples;
    for (int i = 0; i < rounds; ++i) {
        subject.potd().kill9();
        const Stopwatch watch;
        subject.potd().start();
        expect_adopted(subject, before, options.count);
        samples.push_back(watch.ms());
    }
    Report report("recovery after kill -9");
    report.series("serving again with " + std::to_string(options.count) + " running, all adopted", "ms",
                  samples, 0, {.at_most = 300});
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 200, potd::bench::measure);
}
