#include "daemon/platform/linux/cgroup_meter.hpp"

#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <cstdint>
#include <limits>

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
    machine.put("sys/fs/cgroup/memory" + run + "memory.kmem.usage_in_bytes", "200\n");
    machine.put("sys/fs/cgroup/memory" + run + "memory.stat",
                "swap 1\npgfault 2\ninactive_file 3\ntotal_swap 500\ntotal_pgfault 60\ntotal_pgmajfault 6\n"
                "total_inactive_file 100\ntotal_active_file 4\n");
    machine.put("sys/fs/cgroup/cpu,cpuacct" + run + "cpuacct.usage", "12345\n");
    machine.put("sys/fs/cgroup/cpu,cpuacct" + run + "cpuacct.usage_user", "12000\n");
    machine.put("sys/fs/cgroup/cpu,cpuacct" + run + "cpuacct.usage_sys", "345\n");
    machine.put("sys/fs/cgroup/cpu,cpuacct" + run + "cpu.stat",
                "nr_periods 3\nnr_throttled 2\nthrottled_time 77\nnr_bursts 0\n");
    machine.put("sys/fs/cgroup/pids" + run + "pids.current", "4\n");
    machine.put("sys/fs/cgroup/pids" + run + "pids.max", "200\n");
    const CgroupTree tree(machine.layout(), "blue");
    const auto figures = CgroupMeter(tree).figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->memory_current, 1000);
    EXPECT_EQ(figures->memory_peak, 3000);
    EXPECT_EQ(figures->memory_limit, std::nullopt);
    EXPECT_EQ(figures->swap_current, 500);
    EXPECT_EQ(figures->memory_working_set, 900);
    EXPECT_EQ(figures->memory_kernel, 200);
    EXPECT_EQ(figures->page_faults, 60);
    EXPECT_EQ(figures->major_page_faults, 6);
    EXPECT_EQ(figures->cpu_usage_ns, 12345);
    EXPECT_EQ(figures->cpu_user_ns, 12000);
    EXPECT_EQ(figures->cpu_system_ns, 345);
    EXPECT_EQ(figures->cpu_throttled_ns, 77);
    EXPECT_EQ(figures->cpu_periods, 3);
    EXPECT_EQ(figures->cpu_throttled_periods, 2);
    EXPECT_EQ(figures->memory_stall, std::nullopt);
    EXPECT_EQ(figures->io_reads, std::nullopt);
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
    machine.put(run + "memory.stat", "anon 500\nkernel 70\ninactive_file 300\npgfault 8\npgmajfault 1\n");
    machine.put(
        run + "cpu.stat",
        "usage_usec 12\nuser_usec 2\nsystem_usec 10\nnr_periods 5\nnr_throttled 1\nthrottled_usec 3\n");
    machine.put(run + "cpu.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
    machine.put(run + "memory.pressure",
                "some avg10=12.50 avg60=1.25 avg300=0.00 total=900\n"
                "full avg10=3.00 avg60=0.50 avg300=0.00 total=400\n");
    machine.put(run + "pids.current", "1\n");
    machine.put(run + "pids.max", "max\n");
    machine.put(run + "io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=3 dbytes=9\n8:16 rbytes=5 wbytes=0\n");
    const CgroupTree tree(machine.layout(), "blue");
    const auto figures = CgroupMeter(tree).figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->memory_limit, 4096);
    EXPECT_EQ(figures->cpu_usage_ns, 12'000);
    EXPECT_EQ(figures->cpu_user_ns, 2'000);
    EXPECT_EQ(figures->cpu_system_ns, 10'000);
    EXPECT_EQ(figures->cpu_throttled_ns, 3'000);
    EXPECT_EQ(figures->cpu_periods, 5);
    EXPECT_EQ(figures->cpu_throttled_periods, 1);
    EXPECT_EQ(figures->swap_current, 0);
    EXPECT_EQ(figures->memory_working_set, 700);
    EXPECT_EQ(figures->memory_kernel, 70);
    EXPECT_EQ(figures->page_faults, 8);
    EXPECT_EQ(figures->major_page_faults, 1);
    EXPECT_EQ(figures->cpu_stall, (core::Stall{0, 0, 0, 0, 7, 0}));
    EXPECT_EQ(figures->memory_stall, (core::Stall{12.5, 1.25, 3, 0.5, 900, 400}));
    EXPECT_EQ(figures->io_stall, std::nullopt);
    EXPECT_EQ(figures->pids_limit, std::nullopt);
    EXPECT_EQ(figures->io_read_bytes, 15);
    EXPECT_EQ(figures->io_write_bytes, 20);
    EXPECT_EQ(figures->io_reads, 1);
    EXPECT_EQ(figures->io_writes, 3);
}

TEST(CgroupMeterTest, FiguresBeyondWhatIsHeldAreTheMostThatIsHeld) {
    const MachineTree machine(CgroupMode::V2);
    const std::string run = "sys/fs/cgroup/potd.blue/0123456789ab.7/";
    const std::string most = "9223372036854775807";
    machine.put(run + "memory.current", most + "\n");
    machine.put(run + "memory.stat", "inactive_file -9\npgfault " + most + "\n");
    machine.put(run + "cpu.stat", "usage_usec " + most + "\nuser_usec -1\nsystem_usec 10\n");
    machine.put(run + "pids.current", "-1\n");
    machine.put(run + "io.stat", "8:0 rbytes=" + most + " wbytes=-5\n8:16 rbytes=5 wbytes=7\n");
    const CgroupTree tree(machine.layout(), "blue");
    const auto figures = CgroupMeter(tree).figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->cpu_usage_ns, std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(figures->cpu_user_ns, std::nullopt) << "no time";
    EXPECT_EQ(figures->cpu_system_ns, 10'000);
    EXPECT_EQ(figures->memory_working_set, std::nullopt);
    EXPECT_EQ(figures->pids_current, std::nullopt);
    EXPECT_EQ(figures->io_read_bytes, std::numeric_limits<std::int64_t>::max());
    EXPECT_EQ(figures->io_write_bytes, 7);
}

TEST(CgroupMeterTest, AHybridMachineIsReadFromBothKindsOfGroups) {
    const MachineTree machine(CgroupMode::Hybrid);
    const std::string run = "/potd.blue/0123456789ab.7/";
    machine.put("sys/fs/cgroup/unified" + run + "cpu.stat", "usage_usec 9\nuser_usec 4\nsystem_usec 5\n");
    machine.put("sys/fs/cgroup/unified" + run + "io.pressure",
                "some avg10=0.00 avg60=0.00 avg300=0.00 total=3\n");
    machine.put("sys/fs/cgroup/cpu,cpuacct" + run + "cpu.stat", "nr_periods 8\nnr_throttled 0\n");
    machine.put("sys/fs/cgroup/memory" + run + "memory.usage_in_bytes", "50\n");
    const CgroupTree tree(machine.layout(), "blue");
    const auto figures = CgroupMeter(tree).figures(key);
    ASSERT_TRUE(figures.ok());
    EXPECT_EQ(figures->memory_current, 50);
    EXPECT_EQ(figures->cpu_usage_ns, 9'000);
    EXPECT_EQ(figures->cpu_periods, 8);
    ASSERT_TRUE(figures->io_stall);
    EXPECT_EQ(figures->io_stall->some_us, 3);
    EXPECT_EQ(figures->cpu_stall, std::nullopt);
}

TEST(CgroupMeterTest, CountsDevicesOnV1WhereTheRunHasAGroupForThem) {
    const MachineTree machine(CgroupMode::V1);
    const std::string run = "/potd.blue/0123456789ab.7/";
    machine.put("sys/fs/cgroup/memory" + run + "memory.usage_in_bytes", "50\n");
    auto layout = machine.layout();
    layout.v1["blkio"] = machine.root() + "/sys/fs/cgroup/blkio";
    const CgroupTree tree(layout, "blue");
    EXPECT_EQ(CgroupMeter(tree).figures(key)->io_read_bytes, std::nullopt);
    machine.put(
        "sys/fs/cgroup/blkio" + run + "blkio.throttle.io_service_bytes",
        "8:0 Read 100\n8:0 Write 20\n8:0 Sync 120\n8:0 Total 120\n8:16 Read 7\n8:16 Write 0\nTotal 127\n");
    machine.put("sys/fs/cgroup/blkio" + run + "blkio.throttle.io_serviced",
                "8:0 Read 3\n8:0 Write 2\nTotal 5\n");
    const auto figures = CgroupMeter(tree).figures(key);
    EXPECT_EQ(figures->io_read_bytes, 107);
    EXPECT_EQ(figures->io_write_bytes, 20);
    EXPECT_EQ(figures->io_reads, 3);
    EXPECT_EQ(figures->io_writes, 2);
}

TEST(CgroupMeterTest, InPassingWhatSeldomChangesIsNotRead) {
    const MachineTree v1(CgroupMode::V1);
    const std::string memory = "sys/fs/cgroup/memory/potd.blue/0123456789ab.7/";
    v1.put(memory + "memory.usage_in_bytes", "1000\n");
    v1.put(memory + "memory.max_usage_in_bytes", "3000\n");
    v1.put(memory + "memory.limit_in_bytes", "4096\n");
    v1.put(memory + "memory.kmem.usage_in_bytes", "200\n");
    v1.put(memory + "memory.stat", "total_inactive_file 100\ntotal_pgfault 60\n");
    v1.put("sys/fs/cgroup/pids/potd.blue/0123456789ab.7/pids.current", "4\n");
    v1.put("sys/fs/cgroup/pids/potd.blue/0123456789ab.7/pids.max", "200\n");
    const CgroupTree tree(v1.layout(), "blue");
    CgroupMeter meter(tree);
    auto whole = meter.figures(key);
    ASSERT_TRUE(whole.ok());
    EXPECT_EQ(whole->memory_kernel, 200);
    EXPECT_EQ(whole->pids_limit, 200);
    whole->memory_peak = whole->memory_limit = whole->memory_kernel = whole->pids_limit = std::nullopt;
    EXPECT_EQ(meter.moving_figures(key).value(), *whole) << "all else is the same";
}

TEST(CgroupMeterTest, GroupsThatCameLaterAreFound) {
    const MachineTree machine(CgroupMode::V2);
    const CgroupTree tree(machine.layout(), "blue");
    CgroupMeter meter(tree);
    EXPECT_FALSE(meter.figures(key).ok());
    machine.put("sys/fs/cgroup/potd.blue/0123456789ab.7/pids.current", "1\n");
    EXPECT_EQ(meter.moving_figures(key)->pids_current, 1);
}

TEST(CgroupMeterTest, ALoadIsTheWorkingSetAndTheProcesses) {
    const MachineTree v2(CgroupMode::V2);
    v2.put("sys/fs/cgroup/potd.blue/0123456789ab.7/memory.current", "1000\n");
    v2.put("sys/fs/cgroup/potd.blue/0123456789ab.7/memory.stat", "anon 5\ninactive_file 300\n");
    v2.put("sys/fs/cgroup/potd.blue/0123456789ab.7/pids.current", "3\n");
    const CgroupTree on_v2(v2.layout(), "blue");
    EXPECT_EQ(CgroupMeter(on_v2).load(key).value(), (core::RunLoad{700, 3}));
    const MachineTree v1(CgroupMode::V1);
    v1.put("sys/fs/cgroup/memory/potd.blue/0123456789ab.7/memory.usage_in_bytes", "1000\n");
    v1.put("sys/fs/cgroup/memory/potd.blue/0123456789ab.7/memory.stat",
           "inactive_file 1\ntotal_inactive_file 400\n");
    const CgroupTree on_v1(v1.layout(), "blue");
    EXPECT_EQ(CgroupMeter(on_v1).load(key).value(), (core::RunLoad{600, 0}));
}

TEST(CgroupMeterTest, ARunWithoutGroupsIsNotFound) {
    const MachineTree machine(CgroupMode::Hybrid);
    const CgroupTree tree(machine.layout(), "blue");
    CgroupMeter meter(tree);
    EXPECT_EQ(meter.figures(key).error().kind, core::ErrorKind::NotFound);
    EXPECT_EQ(meter.load(key).error().kind, core::ErrorKind::NotFound);
}

}  // namespace
}  // namespace potd::platform
