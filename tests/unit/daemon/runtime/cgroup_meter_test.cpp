#include "daemon/platform/linux/cgroup_meter.hpp"

#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using test::MachineTree;

const core::RunKey key{{"0123456789ab"}, 7};

TEST(CgroupMeterTest, ReadsV1) {
    const MachineTree machine(CgroupMode::V1);
    const std::string run = "/potd.blue/0123456789ab.7/";
    machine.put("sys/fs/cgroup/memory" + run + "memory.usage_in_bytes", "1000\n");
    machine.put("sys/fs/cgroup/memory" + run + "memory.max_usage_in_bytes", "3000\n");
    machine.put("sys/fs/cgroup/memory" + run + "memory.limit_in_bytes", "9223372036854771712\n");
    machine.put("sys/fs/cgroup/memory" + run + "memory.memsw.usage_in_bytes", "1500\n");
    machine.put("sys/fs/cgroup/cpu,cpuacct" + run + "cpuacct.usage", "12345\n");
    machine.put("sys/fs/cgroup/cpu,cpuacct" + run + "cpu.stat", "nr_periods 3\nthrottled_time 77\n");
    machine.put("sys/fs/cgroup/pids" + run + "pids.current", "4\n");
    machine.put("sys/fs/cgroup/pids" + run + "pids.max", "200\n");
    const CgroupTree tree(machine.layout(), "blue");
    const auto figures = CgroupMeter(tree).figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->memory_current, 1000);
    EXPECT_EQ(figures->memory_peak, 3000);
    EXPECT_EQ(figures->memory_limit, std::nullopt);
    EXPECT_EQ(figures->swap_current, 500);
    EXPECT_EQ(figures->cpu_usage_ns, 12345);
    EXPECT_EQ(figures->cpu_throttled_ns, 77);
    EXPECT_EQ(figures->pids_current, 4);
    EXPECT_EQ(figures->pids_limit, 200);
    EXPECT_EQ(figures->network, std::nullopt);
}

TEST(CgroupMeterTest, ReadsV2) {
    const MachineTree machine(CgroupMode::V2);
    const std::string run = "sys/fs/cgroup/potd.blue/0123456789ab.7/";
    machine.put(run + "memory.current", "1000\n");
    machine.put(run + "memory.peak", "2000\n");
    machine.put(run + "memory.max", "4096\n");
    machine.put(run + "memory.swap.current", "0\n");
    machine.put(run + "cpu.stat", "usage_usec 12\nuser_usec 2\nthrottled_usec 3\n");
    machine.put(run + "pids.current", "1\n");
    machine.put(run + "pids.max", "max\n");
    machine.put(run + "io.stat", "8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=5 wbytes=0\n");
    const CgroupTree tree(machine.layout(), "blue");
    const auto figures = CgroupMeter(tree).figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->memory_limit, 4096);
    EXPECT_EQ(figures->cpu_usage_ns, 12'000);
    EXPECT_EQ(figures->cpu_throttled_ns, 3'000);
    EXPECT_EQ(figures->pids_limit, std::nullopt);
    EXPECT_EQ(figures->io_read_bytes, 15);
    EXPECT_EQ(figures->io_write_bytes, 20);
}

TEST(CgroupMeterTest, AHybridMachineIsReadFromItsV1Groups) {
    const MachineTree machine(CgroupMode::Hybrid);
    machine.put("sys/fs/cgroup/unified/potd.blue/0123456789ab.7/cpu.stat", "usage_usec 9\n");
    machine.put("sys/fs/cgroup/memory/potd.blue/0123456789ab.7/memory.usage_in_bytes", "50\n");
    machine.put("sys/fs/cgroup/cpu,cpuacct/potd.blue/0123456789ab.7/cpuacct.usage", "8000\n");
    const CgroupTree tree(machine.layout(), "blue");
    const auto figures = CgroupMeter(tree).figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->memory_current, 50);
    EXPECT_EQ(figures->cpu_usage_ns, 8'000);
}

TEST(CgroupMeterTest, TheUnifiedGroupCountsCpuTimeWhereNoV1GroupDoes) {
    const MachineTree machine(CgroupMode::Hybrid);
    machine.put("sys/fs/cgroup/unified/potd.blue/0123456789ab.7/cpu.stat", "usage_usec 9\n");
    auto layout = machine.layout();
    layout.v1["cpuacct"] = machine.root() + "/sys/fs/cgroup/cpuacct";
    const CgroupTree tree(layout, "blue");
    const auto figures = CgroupMeter(tree).figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->cpu_usage_ns, 9'000);
}

TEST(CgroupMeterTest, ARunWithoutGroupsIsNotFound) {
    const MachineTree machine(CgroupMode::Hybrid);
    const CgroupTree tree(machine.layout(), "blue");
    CgroupMeter meter(tree);
    EXPECT_EQ(meter.figures(key).error().kind, core::ErrorKind::NotFound);
    EXPECT_EQ(meter.processes(key).error().kind, core::ErrorKind::NotFound);
}

TEST(CgroupMeterTest, ListsTheProcessesThatStillExist) {
    const MachineTree machine(CgroupMode::V2);
    machine.put("sys/fs/cgroup/potd.blue/0123456789ab.7/cgroup.procs", "11\n12\n");
    machine.put("proc/11/stat", "11 (a b) c) S 7 0 0 0 0 0 0 0 0 0 150 50 0 0 20 0 1 0 4711 9 3 0\n");
    machine.put("proc/11/cmdline", std::string_view("sleep\0"
                                                    "10\0",
                                                    9));
    machine.put("proc/11/status", "Name:\ta\nUid:\t33\t33\t33\t33\n");
    const CgroupTree tree(machine.layout(), "blue");
    const auto rows = CgroupMeter(tree, machine.root() + "/proc").processes(key);
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().command, "sleep 10");
    EXPECT_EQ(rows->front().parent, 7);
    EXPECT_EQ(rows->front().user, "33");
    EXPECT_EQ(rows->front().state, 'S');
    EXPECT_GT(rows->front().cpu_ms, 0);
}

}  // namespace
}  // namespace potd::platform
