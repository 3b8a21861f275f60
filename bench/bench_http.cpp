// How many requests a second are served over 4 connections, and how long does a list take?
#include "bench/support/pipeline.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"

namespace potd::bench {
namespace {

constexpr int connections = 4;
constexpr double seconds = 3;

void measure(const Options& options) {
    Report report("HTTP over the unix socket, 4 connections");
    Subject subject(options);
    subject.create_idle(0, 200);
    subject.start_idle(0, 1);
    const auto rate = [&](const std::string& what, const std::string& target, int depth, const Bound& bound) {
        report.single(what, "1/s",
                      requests_per_second(unix_socket(subject.potd().socket()), target, {}, connections,
                                          depth, seconds),
                      bound);
    };
    rate("ping", "/v1/health", 1, {.at_least = 60'000});
    rate("ping, 16 in the pipe", "/v1/health", 16, {});
    rate("inspect", "/v1/pots/p0", 1, {.at_least = 30'000});
    rate("inspect, 16 in the pipe", "/v1/pots/p0", 16, {});
    rate("list of 200", "/v1/pots?limit=1000", 1, {.at_least = 2'500});
    report.series("list of 200, time", "ms",
                  latencies(unix_socket(subject.potd().socket()), "/v1/pots?limit=1000", options.count), 0,
                  {.at_most = 0.8});
    subject.create_idle(200, 1000);
    report.series("list of 1000, time", "ms",
                  latencies(unix_socket(subject.potd().socket()), "/v1/pots?limit=1000", options.count), 0,
                  {.at_most = 4});
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 300, potd::bench::measure);
}
