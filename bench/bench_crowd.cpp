// What does potd cost its clients and itself when there is much of everything: 10,000 pots, 1,000 who follow
// its events, 50 pots a second that start and stop?
#include "bench/support/event_clients.hpp"
#include "bench/support/pipeline.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/joining_thread.hpp"
#include "tests/support/system.hpp"

#include <atomic>
#include <thread>

namespace potd::bench {
namespace {

constexpr int stored = 10'000;
constexpr int followers = 1000;
constexpr int turned = 25;  ///< pots that start and stop, each twice a second
constexpr double turns_per_second = 50;

double resident_mb(Subject& subject) {
    return static_cast<double>(test::resident_kib(subject.potd().pid())) / 1024;
}

void measure_followers(Report& report, Subject& subject) {
    const double before = resident_mb(subject);
    const EventClients idle(subject.potd().socket(), followers);
    report.single("1000 idle followers of events", "MB", resident_mb(subject) - before, {.at_most = 30});
}

/// Starts and stops one pot after the other, at the rate, until told to end. How many were started.
int turn_pots(Subject& subject, const std::atomic<bool>& over) {
    test::PotApi api(subject.potd().socket());
    const auto begun = std::chrono::steady_clock::now();
    int turns = 0;
    while (!over) {
        const std::string name = Subject::idle_name(turns % turned);
        const char* action = turns / turned % 2 == 0 ? "start" : "kill";
        api.act(name, action);
        ++turns;
        std::this_thread::sleep_until(begun +
                                      std::chrono::duration_cast<std::chrono::nanoseconds>(
                                          std::chrono::duration<double>(turns / (2 * turns_per_second))));
    }
    return turns / 2;
}

void measure_inspect(Report& report, Subject& subject, int count) {
    std::atomic<bool> over = false;
    int started = 0;
    std::vector<double> times;
    const Stopwatch watch;
    {
        const test::JoiningThread turning([&] { started = turn_pots(subject, over); });
        times =
            latencies(unix_socket(subject.potd().socket()), "/v1/pots/" + Subject::idle_name(turned), count);
        over = true;
    }
    report.series("inspect, beside starts and stops", "ms", times, 0, {.at_most_p99 = 5});
    report.single("  pots started a second meanwhile", "1/s", started * 1000 / watch.ms(), {});
}

void measure(const Options& options) {
    Report report("much of everything");
    Subject subject(options);
    subject.create_idle(0, turned + 1);
    measure_inspect(report, subject, options.count * 100);
    measure_followers(report, subject);
    if (!options.few) {
        subject.create_idle(turned + 1, stored);
        report.series("page of 100 of 10000 pots", "ms",
                      latencies(unix_socket(subject.potd().socket()), "/v1/pots?limit=100", options.count), 0,
                      {.at_most = 5});
        report.single("daemon, RSS with 10000 pots stored", "MB", resident_mb(subject), {.at_most = 60});
    }
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 300, potd::bench::measure);
}
