#include "tests/integration/monitor_fixture.hpp"

#include <filesystem>
#include <regex>

namespace potd::test {

namespace {

using MonitorLogTest = MonitorTest;

TEST_F(MonitorLogTest, BothStreamsWithTimeAndRun) {
    (void)run(plan({"sh", "-c", "echo out; echo err >&2"}));
    take();
    const std::string log = read_file(path("log/current.log"));
    EXPECT_TRUE(
        std::regex_search(log, std::regex(R"(^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z stdout F 7 out\n)")))
        << log;
    EXPECT_NE(log.find("stderr F 7 err\n"), std::string::npos);
}

TEST_F(MonitorLogTest, AnUnfinishedLineIsKeptAsPartial) {
    (void)run(plan({"sh", "-c", "echo -n half"}));
    take();
    EXPECT_EQ(log_lines(), (std::vector<std::string>{"stdout P 7 half"}));
}

TEST_F(MonitorLogTest, TenMegabytesArriveWhole) {
    auto order = plan({"sh", "-c", "yes 0123456789012345678901234567890123456789012345678 | head -n 200000"});
    order.log_max_size = 0;
    (void)run(order);
    take();
    const auto lines = log_lines();
    ASSERT_EQ(lines.size(), 200'000U);
    for (const std::string& line : lines) {
        ASSERT_EQ(line, "stdout F 7 0123456789012345678901234567890123456789012345678");
    }
}

TEST_F(MonitorLogTest, RotatesBySizeAndKeepsTheNewest) {
    auto order = plan({"sh", "-c", "yes 012345678 | head -n 10000"});
    order.log_max_size = 100'000;
    order.log_max_files = 2;
    (void)run(order);
    take();
    EXPECT_LE(std::filesystem::file_size(path("log/current.log")), 100'000U);
    EXPECT_LE(std::filesystem::file_size(path("log/1.log")), 100'000U);
    EXPECT_GT(std::filesystem::file_size(path("log/1.log")), 99'000U);
    EXPECT_TRUE(std::filesystem::exists(path("log/2.log")));
    EXPECT_FALSE(std::filesystem::exists(path("log/3.log")));
}

TEST_F(MonitorLogTest, ContinuesTheLogOfEarlierRuns) {
    write_file(path("log/current.log"), "2026-01-01T00:00:00.000000000Z stdout F 6 before\n");
    (void)run(plan({"echo", "now"}));
    take();
    EXPECT_EQ(log_lines(), (std::vector<std::string>{"stdout F 6 before", "stdout F 7 now"}));
}

}  // namespace

}  // namespace potd::test
