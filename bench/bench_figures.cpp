// What does it cost to read the figures of a pot when there are many?
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "daemon/platform/linux/cgroup_meter.hpp"
#include "daemon/platform/posix/process_identity.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <stdexcept>
#include <vector>

namespace potd::bench {
namespace {

/// Processor time of this thread, in microseconds.
double thread_us() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

/// Idle pots of a potd, each with a network of its own, and a meter like its own beside it.
class FiguresBench {
  public:
    FiguresBench(const Options& options, int pots) : subject_(options), cgroups_(layout(), instance()) {
        for (int i = 0; i < pots; ++i) add(Subject::idle_name(i));
    }

    /// Of each time all of them are read one after the other: microseconds a pot.
    template <typename Read>
    std::vector<double> rounds(int count, const Read& read) {
        std::vector<double> samples;
        for (int i = -1; i < count; ++i) {
            const double before = thread_us();
            for (const core::RunKey& key : runs_) {
                if (!read(meter_, key)) throw std::runtime_error("no figures of " + key.pot.text);
            }
            if (i >= 0) samples.push_back((thread_us() - before) / static_cast<double>(runs_.size()));
        }
        return samples;
    }

  private:
    static platform::CgroupLayout layout() {
        auto found = platform::discover_cgroups("");
        if (!found) throw std::runtime_error(found.error().message);
        return std::move(found).value();
    }
    [[nodiscard]] std::string instance() { return subject_.potd().instance(); }

    void add(const std::string& name) {
        subject_.api().create({{"name", name},
                               {"base", "tiny"},
                               {"network", {{"type", "none"}}},
                               {"command", {"/bin/sleep", "1000000"}}});
        subject_.api().start(name);
        const auto first = platform::identify(subject_.processes_of(name).init);
        if (!first) throw std::runtime_error(first.error().message);
        const test::Json pot = subject_.api().inspect(name);
        const core::RunKey key{{pot["id"].get<std::string>()}, pot["run"]["number"].get<std::uint32_t>()};
        first_.emplace(key, *first);
        runs_.push_back(key);
    }

    [[nodiscard]] platform::NetworkMeter::Sources sources() {
        return {[this](const core::RunKey& key) { return core::Result(first_.at(key)); },
                [](const core::RunKey&) { return std::vector<core::IpAddress>(); }};
    }

    Subject subject_;
    platform::CgroupTree cgroups_;
    std::map<core::RunKey, core::ProcessIdentity> first_;
    std::vector<core::RunKey> runs_;
    platform::CgroupMeter meter_{cgroups_, platform::NetworkMeter(sources())};
};

void measure(const Options& options) {
    const int pots = options.few ? 100 : 1000;
    FiguresBench bench(options, pots);
    const std::string of = ", each of " + std::to_string(pots);
    Report report("reading figures");
    // 1,000 pots every 5 s are 2 % of a core then, with what keeping them costs.
    report.series("a look at a pot in passing" + of, "us",
                  bench.rounds(options.count,
                               [](core::Meter& meter, const core::RunKey& key) {
                                   const auto figures = meter.moving_figures(key);
                                   return figures && figures->network;
                               }),
                  0, {.at_most = 90});
    report.series("all figures of a pot" + of, "us",
                  bench.rounds(options.count, [](core::Meter& meter, const core::RunKey& key) {
                      const auto figures = meter.figures(key);
                      return figures && figures->network;
                  }));
    report.series("what pressure asks of a pot" + of, "us",
                  bench.rounds(options.count, [](core::Meter& meter, const core::RunKey& key) {
                      return meter.load(key).ok();
                  }));
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 20, potd::bench::measure);
}
