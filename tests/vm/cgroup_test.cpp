// Control groups of version 2 alone, as a usual Debian has them, and pressure stall information.
#include "tests/vm/fixture.hpp"

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class CgroupTest : public VmTest {
  protected:
    /// What a file of the group says in which the pot's command is.
    static std::string group_file(const std::string& pot, const std::string& file) {
        const std::string pid = last_run(pot)["pid"].dump();
        return vm().must("cat /sys/fs/cgroup/$(cut -d: -f3 /proc/" + pid + "/cgroup)/" + file);
    }
};

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
    const std::string pot =
        create("--memory 64M --swap 0 --pids 20 --cpus 0.5 --cpu-weight 50 --cpuset 1", idle);
    vm().must("potctl start -p " + pot);
    EXPECT_EQ(group_file(pot, "memory.max"), "67108864\n");
    EXPECT_EQ(group_file(pot, "memory.swap.max"), "0\n");
    EXPECT_EQ(group_file(pot, "pids.max"), "20\n");
    EXPECT_EQ(group_file(pot, "cpu.max"), "50000 100000\n");
    EXPECT_EQ(group_file(pot, "cpu.weight"), "50\n");
    EXPECT_EQ(group_file(pot, "cpuset.cpus.effective"), "1\n");
}

TEST_F(CgroupTest, PotsAreBesideTheUnitNotInIt) {
    const std::string pot = create("", idle);
    vm().must("potctl start -p " + pot);
    const std::string pid = last_run(pot)["pid"].dump();
    EXPECT_THAT(vm().must("cat /proc/" + pid + "/cgroup"), HasSubstr("0::/system.slice/potd."));
    EXPECT_EQ(vm().must("cat /sys/fs/cgroup/system.slice/potd.service/cgroup.procs"),
              vm().must("systemctl show -P MainPID potd"));
}

TEST_F(CgroupTest, AnEaterOfMemoryIsKilledAndItsRunSaysSo) {
    const std::string pot = create("--memory 32M --swap 0", "/bin/sh -c 'head -c 200M /dev/zero | tail'");
    vm().must("potctl start -p " + pot);
    const Json run = end_of(pot);
    EXPECT_EQ(run["oom"], true) << run;
    EXPECT_EQ(run["reason"], "oom") << run;
    EXPECT_LE(run["peak_memory"], 32 << 20) << run;
}

TEST_F(CgroupTest, AForkBombStopsAtItsLimit) {
    // A shell that cannot fork ends; what it has started does not.
    const std::string pot =
        create("--pids 20", "/bin/sh -c '(while :; do sleep inf & done); exec sleep inf'");
    vm().must("potctl start -p " + pot);
    const std::string group =
        "/sys/fs/cgroup/$(cut -d: -f3 /proc/" + last_run(pot)["pid"].dump() + "/cgroup)";
    vm().must("until grep -q 'max [1-9]' " + group + "/pids.events; do read -r _ </proc/uptime; done");
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
