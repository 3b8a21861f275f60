#include "daemon/platform/linux/cgroup_meter.hpp"
#include "daemon/platform/linux/linux_runtime.hpp"
#include "tests/integration/runtime_fixture.hpp"
#include "tests/support/wait.hpp"

namespace potd::test {
namespace {

class RuntimeMeterTest : public RuntimeFixture {};

TEST_F(RuntimeMeterTest, TheMeterCountsTheRun) {
    auto limited = request("exec sleep 1000");
    limited.spec.limits.memory = 64 << 20;
    const auto key = run(limited);
    platform::CgroupMeter meter(dynamic_cast<platform::LinuxRuntime&>(*runtime_).cgroups());
    const auto figures = meter.figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->memory_limit, 64 << 20);
    EXPECT_EQ(figures->pids_limit, 4096);
    EXPECT_GT(figures->cpu_usage_ns.value_or(0), 0);
    // Started is the shell; its exec comes when it has its turn.
    std::vector<core::ProcessRow> rows;
    EXPECT_TRUE(wait_until([&] {
        rows = meter.processes(key).value();
        return !rows.empty() && rows.back().command == "sleep 1000";
    })) << (rows.empty() ? "no process" : rows.back().command);
    EXPECT_EQ(rows.size(), 2U);  // init and the command
    release(key);
}

TEST_F(RuntimeMeterTest, AMemoryLimitKillsAndIsTold) {
    auto greedy = request("x=a; while :; do x=$x$x; done");
    greedy.spec.limits.memory = 16 << 20;
    greedy.spec.limits.swap = 0;
    const auto key = run(greedy);
    wait_for_end(key);
    EXPECT_TRUE(told(key).exited->oom) << told(key).exited->reason;
    EXPECT_EQ(told(key).exited->reason, "oom");
    release(key);
}

}  // namespace
}  // namespace potd::test
