// What do the health checks of 1,000 idle pots, every 10 s, cost potd?
#include "bench/support/cpu_time.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/root_tree.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace potd::bench {
namespace {

constexpr int interval_s = 10;  ///< between two checks of a pot
constexpr int windows = 3;      ///< intervals measured

/// The pots, each with a server of its own at port 80 of its own network, and a potd.
class CheckedPots {
  public:
    CheckedPots(const Options& options) : subject_(options), count_(options.count) {
        const test::TempDir tree("potd-bench", options.state);
        test::make_root_tree(tree.path(), {"true", POTD_BENCH_ANSWER});
        subject_.api().install_base({{"name", "answer"}, {"directory", tree.path().string()}});
        for (int i = 0; i < count_; ++i) {
            subject_.api().create({{"name", Subject::idle_name(i)},
                                   {"base", "answer"},
                                   {"network", {{"type", "none"}}},
                                   {"command", {POTD_BENCH_ANSWER, "80"}}});
            subject_.api().start(Subject::idle_name(i));
            monitors_.push_back(subject_.processes_of(Subject::idle_name(i)).monitor);
        }
    }

    struct Load {
        double potd = 0, monitors = 0, pots = 0;  ///< processor time, percent of one core
    };

    /// Gives all of them this check and, once each has been checked by it, measures.
    Load load(test::Json check) {
        if (!check.is_null()) {
            check["interval"] = std::to_string(interval_s) + "s";
            check["timeout"] = "5s";
        }
        for (int i = 0; i < count_; ++i) set_check(Subject::idle_name(i), check);
        // A time that is measured over: whoever ends it decides nothing.
        std::this_thread::sleep_for(std::chrono::seconds(interval_s + 2));
        const Load before = used();
        const Stopwatch watch;
        std::this_thread::sleep_for(std::chrono::seconds(interval_s * windows));
        const double potd = cpu_ms(subject_.potd().pid());
        const double elapsed = watch.ms();
        const Load after = used();
        for (int i = 0; i < count_ && !check.is_null(); ++i) expect_healthy(Subject::idle_name(i));
        const auto percent = [elapsed](double from, double to) { return (to - from) / elapsed * 100; };
        return {percent(before.potd, potd), percent(before.monitors, after.monitors),
                percent(before.pots, after.pots)};
    }

  private:
    void set_check(const std::string& name, const test::Json& check) {
        // A merge patch keeps what it does not name.
        subject_.api().expect(200, "PATCH", "/v1/pots/" + name, {{"health", nullptr}});
        if (check.is_null()) return;
        subject_.api().expect(200, "PATCH", "/v1/pots/" + name, {{"health", check}});
    }

    void expect_healthy(const std::string& name) {
        const test::Json report = subject_.api().expect(200, "GET", "/v1/pots/" + name + "/health");
        const test::Json& checks = report["checks"];
        const auto failed = [](const test::Json& one) { return one["healthy"] != true; };
        if (report["health"] != "healthy" || checks.size() < windows ||
            std::any_of(checks.begin(), checks.end(), failed))
            throw std::runtime_error(name + ": " + report.dump());
    }

    /// potd's last: to be asked for the pots' costs it itself something. Absolute, in ms.
    Load used() {
        Load load;
        for (int i = 0; i < count_; ++i) {
            const test::Json stats =
                subject_.api().expect(200, "GET", "/v1/pots/" + Subject::idle_name(i) + "/stats");
            load.pots += stats["cpu"]["usage_ns"].get<double>() / 1e6;
        }
        load.monitors = cpu_ms(monitors_);
        load.potd = cpu_ms(subject_.potd().pid());
        return load;
    }

    Subject subject_;
    int count_;
    std::vector<pid_t> monitors_;
};

void add(Report& report, const std::string& kind, const CheckedPots::Load& load, const Bound& bound) {
    report.single(kind + ": potd", "%", load.potd, bound);
    report.single("  " + kind + ": potmon, all of them", "%", load.monitors);
    report.single("  " + kind + ": in the pots", "%", load.pots);
}

void measure(const Options& options) {
    CheckedPots pots(options);
    Report report(std::to_string(options.count) + " idle pots, a check every 10 s; percent of one core");
    const Bound bound{.at_most = 3};
    add(report, "no check", pots.load(nullptr), {});
    add(report, "tcp", pots.load({{"tcp", {{"port", 80}}}}), bound);
    add(report, "http", pots.load({{"http", {{"port", 80}, {"path", "/"}}}}), bound);
    add(report, "exec", pots.load({{"exec", {{"command", {"/bin/true"}}}}}), bound);
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 1000, potd::bench::measure);
}
