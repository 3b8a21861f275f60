// What do pots in a crash loop cost the others: their starts, requests about them, potd's own time?
#include "bench/support/cpu_time.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

namespace potd::bench {
namespace {

using std::chrono::seconds;

constexpr seconds period{10};
constexpr seconds longest{30};  ///< that the default back-off waits: each pot is tried once in it
constexpr int requests = 20;    ///< to each start
/// Restarts in a row after which the default back-off (100 ms, doubled up to 30 s) is at its longest.
constexpr int at_longest = 9;

/// Pots whose command fails at once, with the default back-off, beside one that is well.
class Neighbours {
  public:
    Neighbours(const Options& options) : subject_(options), count_(options.count) {
        subject_.create_idle(0, 1);
        for (int i = 0; i < count_; ++i) {
            subject_.api().create({{"name", loop_name(i)},
                                   {"base", "tiny"},
                                   {"command", {"/bin/sh", "-c", "exit 1"}},
                                   {"restart", {{"policy", "always"}}}});
        }
    }

    void begin_loops() {
        for (int i = 0; i < count_; ++i) subject_.api().start(loop_name(i));
    }
    void end_loops() {
        for (int i = 0; i < count_; ++i) subject_.api().stop(loop_name(i));
    }
    /// Until each of them waits as long as it ever will; about a minute.
    void await_longest() {
        for (int i = 0; i < count_; ++i) {
            while (restarts_of(i) < at_longest) std::this_thread::sleep_for(std::chrono::milliseconds(500));
        }
    }

    struct Times {
        std::vector<double> start, request;
    };
    Times times(seconds during) {
        Times samples;
        subject_.start_idle(0, 1);  // the first is not like the others
        subject_.api().stop(Subject::idle_name(0));
        for (const Stopwatch all; all.ms() < in_ms(during);) {
            const Stopwatch watch;
            subject_.api().start(Subject::idle_name(0));
            samples.start.push_back(watch.ms());
            for (int i = 0; i < requests; ++i) {
                const Stopwatch one;
                subject_.api().expect(200, "GET", "/v1/pots/" + Subject::idle_name(0));
                samples.request.push_back(one.ms());
            }
            subject_.api().stop(Subject::idle_name(0));
        }
        return samples;
    }
    /// Percent of one core that potd takes while nobody asks it for anything.
    double load(seconds during) {
        const double before = cpu_ms(subject_.potd().pid());
        const Stopwatch watch;
        // A time that is measured over: whoever ends it decides nothing.
        std::this_thread::sleep_for(during);
        const double elapsed = watch.ms();
        return (cpu_ms(subject_.potd().pid()) - before) / elapsed * 100;
    }
    /// Of all of them so far.
    int restarts() {
        int all = 0;
        for (int i = 0; i < count_; ++i) all += restarts_of(i);
        return all;
    }

  private:
    static double in_ms(seconds time) { return std::chrono::duration<double, std::milli>(time).count(); }
    [[nodiscard]] static std::string loop_name(int number) { return "loop" + std::to_string(number); }
    int restarts_of(int number) {
        return subject_.api().expect(200, "GET", "/v1/pots/" + loop_name(number))["restarts"].get<int>();
    }

    Subject subject_;
    int count_;
};

void add(Report& report, const std::string& when, const Neighbours::Times& times, double load,
         const Bound& bound = {}) {
    report.series("start of another, " + when, "ms", times.start);
    report.series("GET of another, " + when, "ms", times.request);
    report.single("potd, " + when, "%", load, bound);
}

void measure(const Options& options) {
    Neighbours pots(options);
    Report report(std::to_string(options.count) + " pots in a crash loop; potd in percent of one core");
    add(report, "no loops", pots.times(period), pots.load(period));
    // When the back-off is still short, once for each.
    pots.begin_loops();
    const Neighbours::Times early = pots.times(period);
    pots.end_loops();
    pots.begin_loops();
    const double early_load = pots.load(period);
    if (pots.restarts() < options.count) throw std::runtime_error("the pots do not crash again and again");
    add(report, "first 10 s", early, early_load);
    pots.await_longest();
    const Neighbours::Times later = pots.times(longest);
    const int before = pots.restarts();
    const double later_load = pots.load(longest);
    if (pots.restarts() == before) throw std::runtime_error("the pots are not tried any more");
    add(report, "from then on", later, later_load, {.at_most = 1});
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 20, potd::bench::measure);
}
