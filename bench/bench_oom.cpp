// How soon does the API tell that the kernel has killed a process of a pot for memory; how soon is a pot
// ended once a rule of pressure holds?
#include "bench/support/cpu_time.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/wait.hpp"

#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace potd::bench {
namespace {

/// Of sh alone: it doubles until it is killed.
constexpr const char* greedy = "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done";

class OomBench {
  public:
    explicit OomBench(const Options& options) : subject_(options), count_(options.count) {}

    /// From the kernel's count until the event can be read, in ms.
    std::vector<double> until_told() {
        subject_.api().create({{"name", "greedy"},
                               {"base", "tiny"},
                               {"command", {"/bin/sleep", "inf"}},
                               {"limits", {{"memory", 64 << 20}}},
                               {"oom", {{"policy", "notify"}}}});
        subject_.api().start("greedy");
        const std::string counts = counting_file();
        std::vector<double> samples;
        samples.reserve(static_cast<std::size_t>(count_));
        for (int i = 0; i < count_; ++i) samples.push_back(one_kill(counts));
        subject_.api().expect(204, "DELETE", "/v1/pots/greedy?force=true");
        return samples;
    }

    /// From the moment potd has the rule until the pot is dead, in ms. It looks every half a second.
    std::vector<double> until_ended() {
        std::vector<double> samples;
        samples.reserve(static_cast<std::size_t>(count_));
        one_end();  // right after its start potd ends none
        for (int i = 0; i < count_; ++i) samples.push_back(one_end());
        return samples;
    }

    /// Processor time of looking at all pots while a rule that does nothing to them holds, percent of one
    /// core.
    double looking(int pots) {
        subject_.create_idle(0, pots);
        subject_.start_idle(0, pots);
        set_rules("{busy: {when: memory_available < 100% and memory_available > 100%, do: kill}}");
        const double before = cpu_ms(subject_.potd().pid());
        const Stopwatch watch;
        // A time that is measured over: whoever ends it decides nothing.
        std::this_thread::sleep_for(std::chrono::seconds(20));
        const double used = cpu_ms(subject_.potd().pid()) - before;
        return used / watch.ms() * 100;
    }

  private:
    double one_kill(const std::string& counts) {
        // Of one pot they are told once a second at most; this is about those that are told.
        std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
        const std::int64_t before = kills_in(counts);
        const std::size_t told = events();
        std::thread victim([&] {
            (void)test::http(subject_.potd().socket(), "POST", "/v1/pots/greedy/exec",
                             {{"command", {"/bin/sh", "-c", greedy}}}, {});
        });
        while (kills_in(counts) == before) continue;
        const Stopwatch watch;
        while (events() == told) continue;
        const double ms = watch.ms();
        victim.join();
        return ms;
    }

    double one_end() {
        set_rules("{}");
        // 64 KiB of sh's are not worth it: a variable of 32 MiB is.
        subject_.api().create(
            {{"name", "large"},
             {"base", "tiny"},
             {"command",
              {"/bin/sh", "-c",
               "x=aaaaaaaaaaaaaaaa; n=21; while [ $n -gt 0 ]; do x=$x$x; n=$((n-1)); done; echo ready; "
               "sleep 1000"}}});
        subject_.api().start("large");
        const auto ready = [&] {
            return subject_.api().request("GET", "/v1/pots/large/logs").body.find("ready") !=
                   std::string::npos;
        };
        if (!test::wait_until(ready)) throw std::runtime_error("the pot does not get ready");
        const pid_t main = subject_.processes_of("large").main;
        set_rules("{short: {when: memory_available < 100%, do: kill, settle: 100ms}}");
        const Stopwatch watch;
        while (::kill(main, 0) == 0) continue;
        const double ms = watch.ms();
        subject_.api().expect(204, "DELETE", "/v1/pots/large?force=true");
        return ms;
    }

    void set_rules(const std::string& rules) {
        if (config_.empty()) config_ = test::read_file(subject_.potd().config_file());
        std::ofstream(subject_.potd().config_file()) << config_ << "pressure: {rules: " << rules << "}\n";
        const auto is_taken = [&] {
            const test::Json now = subject_.api().expect(200, "GET", "/v1/system/pressure")["rules"];
            return now.empty() ? rules == "{}" : rules.find(now[0]["name"].get<std::string>()) != rules.npos;
        };
        subject_.potd().signal(SIGHUP);
        while (!is_taken()) continue;
    }

    std::size_t events() {
        return subject_.api()
            .request("GET", "/v1/events?limit=1000&type=pot.oom", nullptr, {{"Accept", "application/json"}})
            .json()["items"]
            .size();
    }

    /// memory.oom_control or memory.events of the pot's run.
    std::string counting_file() {
        const test::Json pot = subject_.api().expect(200, "GET", "/v1/pots/greedy");
        const std::string below =
            "/potd." + subject_.potd().instance() + "/" + pot["id"].get<std::string>() + ".1/";
        for (const std::string& file : {"/sys/fs/cgroup/memory" + below + "memory.oom_control",
                                        "/sys/fs/cgroup" + below + "memory.events"}) {
            if (std::ifstream(file).good()) return file;
        }
        throw std::runtime_error("the pot has no group of memory");
    }
    static std::int64_t kills_in(const std::string& file) {
        std::ifstream in(file);
        std::string word;
        while (in >> word && word != "oom_kill") continue;
        std::int64_t kills = 0;
        in >> kills;
        return kills;
    }

    Subject subject_;
    int count_;
    std::string config_;
};

void measure(const Options& options) {
    OomBench bench(options);
    Report report("memory that runs out");
    report.series("a kill in a pot until the API tells it", "ms", bench.until_told(), 0, {.at_most = 10});
    report.series("a rule that holds until the pot is dead", "ms", bench.until_ended(), 0, {.at_most = 1000});
    const int pots = options.few ? 100 : 1000;
    report.single("looking at " + std::to_string(pots) + " pots twice a second", "%", bench.looking(pots));
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 20, potd::bench::measure);
}
