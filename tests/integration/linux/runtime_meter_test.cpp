#include "daemon/platform/linux/cgroup_meter.hpp"
#include "daemon/platform/linux/cgroup_processes.hpp"
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
    const platform::CgroupTree& cgroups = dynamic_cast<platform::LinuxRuntime&>(*runtime_).cgroups();
    platform::CgroupMeter meter(cgroups);
    const auto figures = meter.figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->memory_limit, 64 << 20);
    EXPECT_EQ(figures->pids_limit, 4096);
    EXPECT_GT(figures->cpu_usage_ns.value_or(0), 0);
    // Started is the shell; its exec comes when it has its turn.
    std::vector<core::ProcessRow> rows;
    EXPECT_TRUE(wait_until([&] {
        rows = platform::read_processes(cgroups, key).value();
        return !rows.empty() && rows.back().command == "sleep 1000";
    })) << (rows.empty() ? "no process" : rows.back().command);
    EXPECT_EQ(rows.size(), 2U);  // init and the command
    release(key);
}

/// The shell's own work is a user's; what it asks of the kernel and the memory it takes are told apart.
TEST_F(RuntimeMeterTest, WhatARunDoesShowsInItsFigures) {
    auto busy = request(
        "x=aaaaaaaaaaaaaaaa; n=18; while [ $n -gt 0 ]; do x=$x$x; n=$((n-1)); done; while :; do (:); done");
    busy.spec.limits.cpus = 0.2;
    const auto key = run(busy);
    platform::CgroupMeter meter(dynamic_cast<platform::LinuxRuntime&>(*runtime_).cgroups());
    core::RunFigures now;
    // Time is counted by the tick on cgroup v1: each of these comes when it comes.
    const auto is_seen = [&] {
        now = meter.figures(key).value();
        return now.cpu_throttled_periods.value_or(0) > 0 && now.cpu_throttled_ns.value_or(0) > 0 &&
               now.cpu_user_ns.value_or(0) > 0 && now.cpu_system_ns.value_or(0) > 0 &&
               now.memory_working_set.value_or(0) > 4 << 20;
    };
    EXPECT_TRUE(wait_until(is_seen)) << now.cpu_throttled_periods.value_or(-1) << " periods throttled for "
                                     << now.cpu_throttled_ns.value_or(-1) << " ns, "
                                     << now.cpu_user_ns.value_or(-1) << " ns a user's, "
                                     << now.cpu_system_ns.value_or(-1) << " ns the system's, "
                                     << now.memory_working_set.value_or(-1) << " bytes in use";
    EXPECT_GE(now.cpu_periods, now.cpu_throttled_periods);
    EXPECT_GE(now.cpu_usage_ns, now.cpu_user_ns);
    EXPECT_LE(now.memory_working_set, now.memory_current);
    EXPECT_GT(now.memory_kernel.value_or(1), 0) << "where it is counted at all";
    EXPECT_GT(now.page_faults.value_or(0), (4 << 20) / 4096);
    EXPECT_TRUE(now.major_page_faults);
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
