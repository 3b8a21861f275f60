// How long from the request to start a created pot until its process runs? One, and many by 1 and 4 clients.
#include "bench/support/bare_cycle.hpp"
#include "bench/support/peers.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/joining_thread.hpp"
#include "tests/support/root_tree.hpp"

#include <atomic>
#include <exception>
#include <mutex>
#include <vector>

namespace potd::bench {
namespace {

std::vector<double> one_at_a_time(Subject& subject, int count) {
    subject.create_idle(0, 1);
    std::vector<double> samples;
    for (int i = -count / 10; i < count; ++i) {
        const Stopwatch watch;
        subject.api().start(Subject::idle_name(0));
        if (i >= 0) samples.push_back(watch.ms());
        subject.api().stop(Subject::idle_name(0));
    }
    subject.destroy_idle(0, 1);
    return samples;
}

/// Milliseconds a pot when `count` of them are started by `clients` at once.
double many(Subject& subject, int count, int clients) {
    subject.create_idle(0, count);
    std::atomic<int> next = 0;
    std::exception_ptr failure;
    std::mutex guard;
    const Stopwatch watch;
    {
        std::vector<test::JoiningThread> threads;
        threads.reserve(static_cast<std::size_t>(clients));
        for (int c = 0; c < clients; ++c) {
            threads.emplace_back([&] {
                try {
                    test::PotApi api(subject.potd().socket());
                    for (int i = next++; i < count; i = next++) api.start(Subject::idle_name(i));
                } catch (...) {
                    const std::scoped_lock lock(guard);
                    failure = std::current_exception();
                }
            });
        }
    }
    const double each = watch.ms() / count;
    if (failure) std::rethrow_exception(failure);
    subject.destroy_idle(0, count);
    return each;
}

void measure(const Options& options) {
    Report report("start of a created one until its process runs");
    BareBracket bare(options.state, 200);
    std::vector<double> single;
    double by_one = 0;
    double by_four = 0;
    {
        Subject subject(options);
        single = one_at_a_time(subject, options.count);
        by_one = many(subject, options.count, 1);
        by_four = many(subject, options.count, 4);
    }
    const double bare_ms = bare.close();
    report.single("bare cycle, mean of before and after", "ms", bare_ms);
    report.series("start", "ms", single, bare_ms, {.at_most_ratio = targets().start_ratio});
    const std::string pots = std::to_string(options.count) + " idle ones";
    report.single("start " + pots + " one after the other, each", "ms", by_one, {.at_most = 4});
    report.single("start " + pots + " with 4 clients, each", "ms", by_four, {.at_most = 2.5});
    const test::TempDir place("potd-bench", options.state);
    test::make_root_tree(place / "root", {"true", "sh", "sleep"});
    for (const PeerSeries& peer : measure_peers(options, place / "root", place / "work", 50)) {
        if (!peer.start.empty()) report.series("start, " + peer.name, "ms", peer.start, bare_ms);
    }
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 200, potd::bench::measure);
}
