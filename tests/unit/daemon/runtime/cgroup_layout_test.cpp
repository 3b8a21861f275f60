#include "daemon/platform/linux/cgroup_layout.hpp"

#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <gtest/gtest.h>
#include <sys/xattr.h>

namespace potd::platform {
namespace {

using test::MachineTree;

TEST(CgroupLayoutTest, FindsEveryControllerOfV1) {
    const MachineTree machine(CgroupMode::V1);
    const CgroupLayout layout = machine.layout();
    EXPECT_EQ(layout.mode, CgroupMode::V1);
    EXPECT_EQ(layout.v1.at("memory"), machine.root() + "/sys/fs/cgroup/memory");
    EXPECT_EQ(layout.v1.at("cpu"), layout.v1.at("cpuacct"));
    EXPECT_TRUE(layout.unified.empty());
    EXPECT_FALSE(layout.has("io"));
    EXPECT_FALSE(layout.v1.contains("name=systemd"));
}

TEST(CgroupLayoutTest, ReadsTheControllersOfV2) {
    const MachineTree machine(CgroupMode::V2);
    const CgroupLayout layout = machine.layout();
    EXPECT_EQ(layout.mode, CgroupMode::V2);
    EXPECT_EQ(layout.unified, machine.root() + "/sys/fs/cgroup");
    EXPECT_TRUE(layout.has("memory"));
    EXPECT_FALSE(layout.on_v1("memory"));
    EXPECT_FALSE(layout.delegated);
}

/// As systemd marks what it delegates.
bool delegate(const MachineTree& machine, const std::string& group) {
    machine.put("sys/fs/cgroup" + group + "/cgroup.controllers", "memory pids\n");
    return ::setxattr((machine.root() + "/sys/fs/cgroup" + group).c_str(), "user.delegate", "1", 1, 0) == 0;
}

TEST(CgroupLayoutTest, PotsGoBesideADelegatedGroup) {
    const MachineTree machine(CgroupMode::V2);
    machine.put("proc/self/cgroup", "0::/system.slice/potd.service\n");
    if (!delegate(machine, "/system.slice/potd.service")) GTEST_SKIP() << "needs user attributes";
    EXPECT_EQ(machine.layout().unified, machine.root() + "/sys/fs/cgroup/system.slice");
    EXPECT_FALSE(machine.layout().delegated);
}

TEST(CgroupLayoutTest, InALeafOfADelegatedGroupPotsStayInside) {
    const MachineTree machine(CgroupMode::V2);
    machine.put("proc/self/cgroup", "0::/system.slice/potd.service/supervisor\n");
    if (!delegate(machine, "/system.slice/potd.service")) GTEST_SKIP() << "needs user attributes";
    EXPECT_EQ(machine.layout().unified, machine.root() + "/sys/fs/cgroup/system.slice/potd.service");
    EXPECT_TRUE(machine.layout().delegated);
}

TEST(CgroupLayoutTest, WithoutADelegatedGroupPotsGoToTheTop) {
    const MachineTree machine(CgroupMode::V2);
    machine.put("proc/self/cgroup", "0::/user.slice/session-1.scope\n");
    EXPECT_EQ(machine.layout().unified, machine.root() + "/sys/fs/cgroup");
}

TEST(CgroupLayoutTest, AHybridMachineLimitsByV1AndHasAUnifiedTree) {
    const MachineTree machine(CgroupMode::Hybrid);
    const CgroupLayout layout = machine.layout();
    EXPECT_EQ(layout.mode, CgroupMode::Hybrid);
    EXPECT_TRUE(layout.on_v1("memory"));
    EXPECT_EQ(layout.unified, machine.root() + "/sys/fs/cgroup/unified");
    EXPECT_TRUE(layout.has("hugetlb"));
}

TEST(CgroupLayoutTest, AMachineWithoutMountsHasNone) {
    const test::TempDir root;
    test::write_file(root / "proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\nnonsense\n");
    const auto layout = discover_cgroups(root.path().string());
    ASSERT_TRUE(layout.ok());
    EXPECT_EQ(layout->mode, CgroupMode::None);
    EXPECT_EQ(to_string(layout->mode), "none");
}

TEST(CgroupLayoutTest, AMissingMountTableIsAnError) {
    const test::TempDir root;
    EXPECT_FALSE(discover_cgroups(root.path().string()).ok());
}

}  // namespace
}  // namespace potd::platform
