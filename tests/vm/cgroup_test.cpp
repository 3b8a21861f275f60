// Control groups of version 2 alone, as a usual Debian has them, and pressure stall information.
#include "tests/vm/fixture.hpp"

#include <map>
#include <sstream>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class CgroupTest : public VmTest {};

TEST_F(CgroupTest, ThereIsVersionTwoAlone) {
    EXPECT_EQ(vm().must("stat -f -c %T /sys/fs/cgroup"), "cgroup2fs\n");
    EXPECT_EQ(potctl("system info --format json")["capabilities"]["cgroup_mode"], "v2");
}

TEST_F(CgroupTest, TheUnitHasEveryControllerOfPots) {
    for (const char* controller : {"cpu", "cpuset", "io", "memory", "pids"}) {
        EXPECT_THAT(vm().must("systemctl show -P DelegateControllers potd"), HasSubstr(controller));
        EXPECT_THAT(vm().must("cat /sys/fs/cgroup/system.slice/cgroup.subtree_control"),
                    HasSubstr(controller));
    }
}

TEST_F(CgroupTest, LimitsStandInTheKernelsFiles) {
    const std::string pot = create(
        "--memory 64M --memory-soft 32M --swap 0 --pids 20 --cpus 0.5 --cpu-weight 50 --cpuset 1", idle);
    vm().must("potctl start -p " + pot);
    EXPECT_EQ(group_file(pot, "memory.max"), "67108864\n");
    EXPECT_EQ(group_file(pot, "memory.low"), "33554432\n");
    EXPECT_EQ(group_file(pot, "memory.high"), "max\n") << "it would be slowed down";
    EXPECT_EQ(group_file(pot, "memory.swap.max"), "0\n");
    EXPECT_EQ(group_file(pot, "pids.max"), "20\n");
    EXPECT_EQ(group_file(pot, "cpu.max"), "50000 100000\n");
    EXPECT_EQ(group_file(pot, "cpu.weight"), "50\n");
    EXPECT_EQ(group_file(pot, "cpuset.cpus.effective"), "1\n");
}

/// Of its periods, not of the clock's time: an emulator with few processors loses some of that.
TEST_F(CgroupTest, ABusyLoopGetsItsQuotaOfEachPeriod) {
    const std::string pot = create("--cpus 0.5", "/bin/sh -c 'while :; do :; done'");
    vm().must("potctl start -p " + pot);
    const std::string file = group_of(pot) + "/cpu.stat";
    std::istringstream lines(vm().must("until [ $(sed -n 's/^nr_periods //p' " + file +
                                       ") -ge 40 ]; do sleep 0.1; done; cat " + file));
    std::map<std::string, double> counts;
    for (std::string name; lines >> name;) lines >> counts[name];
    constexpr double period = 100'000;
    EXPECT_LE(counts["usage_usec"] / (counts["nr_periods"] * period), 0.55);
    EXPECT_GT(counts["nr_throttled"], 0);
}

TEST_F(CgroupTest, PotsAreBesideTheUnitNotInIt) {
    const std::string pot = create("", idle);
    vm().must("potctl start -p " + pot);
    const std::string pid = last_run(pot)["pid"].dump();
    EXPECT_THAT(vm().must("cat /proc/" + pid + "/cgroup"), HasSubstr("0::/system.slice/potd."));
    EXPECT_EQ(vm().must("cat /sys/fs/cgroup/system.slice/potd.service/cgroup.procs"),
              vm().must("systemctl show -P MainPID potd"));
}

constexpr const char* eater =
    "/bin/sh -c '(head -c 200M /dev/zero | tail >/dev/null); echo survived; sleep inf'";

TEST_F(CgroupTest, AnEaterOfMemoryIsKilledWholeByTheKernelAndItsRunSaysSo) {
    vm().must("dmesg --clear");
    const std::string pot = create("--memory 32M --swap 0", eater);
    vm().must("potctl start -p " + pot);
    const Json run = end_of(pot);
    EXPECT_EQ(run["oom"], true) << run;
    EXPECT_EQ(run["reason"], "oom") << run;
    EXPECT_LE(run["peak_memory"], 32 << 20) << run;
    EXPECT_EQ(vm().must("potctl logs -p " + pot), "");
    EXPECT_THAT(vm().must("dmesg"), HasSubstr("going to be killed due to memory.oom.group set"));
}

TEST_F(CgroupTest, WhatMayGoOnWithoutItsVictimIsNoGroupToTheKernel) {
    const std::string whole = create("--memory 32M", idle);
    const std::string pot = create("--memory 32M --swap 0 --oom-policy notify", eater);
    vm().must("potctl start -p " + whole + " && potctl start -p " + pot);
    EXPECT_EQ(group_file(whole, "memory.oom.group"), "1\n");
    EXPECT_EQ(group_file(pot, "memory.oom.group"), "0\n");
    vm().must("until potctl logs -p " + pot + " | grep -q survived; do read -r _ </proc/uptime; done");
    EXPECT_EQ(last_run(pot)["ended_at"], nullptr);
}

TEST_F(CgroupTest, AForkBombStopsAtItsLimit) {
    // A shell that cannot fork ends; what it has started does not.
    const std::string pot =
        create("--pids 20", "/bin/sh -c '(while :; do sleep inf & done); exec sleep inf'");
    vm().must("potctl start -p " + pot);
    vm().must("until grep -q 'max [1-9]' " + group_of(pot) +
              "/pids.events; do read -r _ </proc/uptime; done");
    EXPECT_LE(std::stoi(group_file(pot, "pids.current")), 20);
    // Others fork as before: the machine, and a pot with the same limit.
    const std::string other = create("--pids 20", idle);
    vm().must("potctl start -p " + other);
    EXPECT_EQ(vm().must("potctl exec -p " + other + " -- sh -c 'sleep 0 & sleep 0 & wait; echo forks'"),
              "forks\n");
    EXPECT_LE(std::stoi(group_file(pot, "pids.current")), 20);
}

TEST_F(CgroupTest, APausedPotIsFrozen) {
    const std::string pot = create("", idle);
    vm().must("potctl start -p " + pot + " && potctl pause -p " + pot);
    EXPECT_THAT(group_file(pot, "cgroup.events"), HasSubstr("frozen 1"));
    vm().must("potctl resume -p " + pot);
    EXPECT_THAT(group_file(pot, "cgroup.events"), HasSubstr("frozen 0"));
}

TEST_F(CgroupTest, ThereIsPressureStallInformation) {
    for (const char* kind : {"cpu", "io", "memory"})
        EXPECT_THAT(vm().must(std::string("cat /proc/pressure/") + kind), HasSubstr("some avg10="));
    const std::string pot = create("", idle);
    vm().must("potctl start -p " + pot);
    EXPECT_THAT(group_file(pot, "memory.pressure"), HasSubstr("full avg10="));
}

}  // namespace
}  // namespace potd::test
