#include "tests/integration/monitor_fixture.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>

// Not a test: prints what potmon costs on this machine. Run it by hand.

namespace potd::test {

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

long memory_of(int pid, const char* field) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    std::string word;
    long kilobytes = 0;
    while (file >> word) {
        if (word == field) file >> kilobytes;
    }
    return kilobytes;
}

class MonitorNumbers : public MonitorTest {};

TEST_F(MonitorNumbers, StartOfTrue) {
    std::vector<double> started;
    std::vector<double> whole;
    // NOLINTBEGIN(concurrency-mt-unsafe): nobody sets them meanwhile
    const char* const asked_rounds = std::getenv("ROUNDS");
    const int rounds =
        asked_rounds != nullptr ? static_cast<int>(std::strtol(asked_rounds, nullptr, 10)) : 200;
    for (int i = 0; i < rounds; ++i) {
        auto order = plan({"/bin/true"});
        if (std::getenv("INHERIT") != nullptr) order.network = platform::LaunchPlan::Network::Inherit;
        if (std::getenv("NOMOUNTS") != nullptr) order.mounts.resize(3);
        // A real-time measuring process may not enter a v1 cpu group.
        if (std::getenv("NOCPU") != nullptr) {
            std::erase_if(order.cgroups,
                          [](const auto& each) { return each.path.find("/cpu/") != std::string::npos; });
        }
        if (std::getenv("NOCGROUPS") != nullptr) order.cgroups.clear();
        // NOLINTEND(concurrency-mt-unsafe)
        prepare(order);
        const auto begin = Clock::now();
        spawn_prepared();
        expect_started();
        started.push_back(ms_since(begin));
        expect_exited();
        whole.push_back(ms_since(begin));
        take();
    }
    std::printf("spawn to Started: %.3f ms, to Exited: %.3f ms (medians of %d)\n", median(started),
                median(whole), rounds);
}

TEST_F(MonitorNumbers, LogThroughput) {
    auto order =
        plan({"sh", "-c", "dd if=/tmp/lines bs=64k 2>/dev/null; dd if=/tmp/lines bs=64k 2>/dev/null"});
    std::string text;
    while (text.size() < 100'000'000)
        text +=
            "2026 GET /index.html HTTP/1.1 200 some text that looks like a log line, of a hundred bytes or "
            "so.\n";
    write_file(path("root/tmp/lines"), text);
    order.log_max_size = 50 << 20;
    start(order);
    expect_started();
    const auto begin = Clock::now();
    expect_exited();
    const double took = ms_since(begin);
    take();
    std::printf("log: %.0f MB/s\n", 2 * static_cast<double>(text.size()) / 1e6 / (took / 1e3));
}

/// PSS of potmon and init together.
long pot_memory(const link::Started& started, const char* field) {
    return memory_of(started.processes.monitor.pid, field) + memory_of(started.processes.init.pid, field);
}

void rest() {
    const timespec two_seconds{2, 0};
    ::nanosleep(&two_seconds, nullptr);
}

TEST_F(MonitorNumbers, Memory) {
    start(plan({"sleep", "1000"}));
    const auto started = expect_started();
    rest();
    for (const int pid : {started.processes.monitor.pid, started.processes.init.pid}) {
        std::printf("pid %d: pss %ld rss %ld private dirty %ld shared dirty %ld KiB\n", pid,
                    memory_of(pid, "Pss:"), memory_of(pid, "Rss:"), memory_of(pid, "Private_Dirty:"),
                    memory_of(pid, "Shared_Dirty:"));
    }
    link_.send(link::Kill{});
    expect_exited();
    take();
}

/// A fixture by itself, for several pots at once.
class Pot : public MonitorTest {
  public:
    Pot() { SetUp(); }
    ~Pot() override { TearDown(); }
    void TestBody() override {}
    void begin(int program) {
        use_program(program);
        start(plan({"sleep", "1000"}));
        started_ = expect_started();
    }
    [[nodiscard]] long pss() const { return pot_memory(started_, "Pss:"); }
    [[nodiscard]] int program() const { return program_fd(); }

  private:
    link::Started started_;
};

TEST_F(MonitorNumbers, MemoryOfTwenty) {
    std::vector<std::unique_ptr<Pot>> pots;
    for (int i = 0; i < 20; ++i) {
        pots.push_back(std::make_unique<Pot>());
        pots.back()->begin(i == 0 ? -1 : pots.front()->program());
    }
    rest();
    long sum = 0;
    for (const auto& pot : pots) sum += pot->pss();
    std::printf("20 pots: pss of potmon and init %.1f KiB each\n", static_cast<double>(sum) / 20);
}

}  // namespace

}  // namespace potd::test
