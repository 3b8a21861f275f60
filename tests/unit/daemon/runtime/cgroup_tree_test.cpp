#include "daemon/platform/linux/cgroup_tree.hpp"

#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using test::MachineTree;
using ::testing::Test;

const CgroupDirectory* find(const std::vector<CgroupDirectory>& directories, const std::string& part) {
    for (const CgroupDirectory& directory : directories) {
        if (directory.path.find(part) != std::string::npos) return &directory;
    }
    return nullptr;
}

TEST(CgroupTreeTest, PlansOneDirectoryPerHierarchyOfV1) {
    const MachineTree machine(CgroupMode::V1);
    const CgroupTree tree(machine.layout(), "blue");
    const auto plan = tree.plan("0123456789ab.7", {});
    ASSERT_TRUE(plan.ok());
    // memory, pids, freezer, cpu with cpuacct, the shared one of devices, and cpuset for later
    EXPECT_EQ(plan->size(), 6U);
    const CgroupDirectory* memory = find(*plan, "/memory/potd.blue/0123456789ab.7");
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(memory->roles, CgroupDirectory::Memory);
    ASSERT_NE(find(*plan, "/freezer/"), nullptr);
    EXPECT_EQ(find(*plan, "/freezer/")->roles, CgroupDirectory::Freezer);
    const CgroupDirectory* cpuset = find(*plan, "/cpuset/");
    ASSERT_NE(cpuset, nullptr);
    EXPECT_EQ(cpuset->roles, CgroupDirectory::Later) << "a limit may come while it runs";
}

TEST(CgroupTreeTest, RunsShareTheGroupThatHasTheDeviceRules) {
    const MachineTree machine(CgroupMode::Hybrid);
    const CgroupTree tree(machine.layout(), "blue");
    const auto plan = tree.plan("a.1", {});
    ASSERT_TRUE(plan.ok());
    const CgroupDirectory* devices = find(*plan, "/devices/");
    ASSERT_NE(devices, nullptr);
    EXPECT_EQ(devices->path, machine.root() + "/sys/fs/cgroup/devices/potd.blue");
    EXPECT_EQ(devices->roles, CgroupDirectory::Shared);
    EXPECT_TRUE(devices->settings.empty());
}

TEST(CgroupTreeTest, ARunMayHaveADeviceGroupOfItsOwnBelowTheRules) {
    const MachineTree machine(CgroupMode::Hybrid);
    const CgroupTree tree(machine.layout(), "blue");
    const auto plan = tree.plan("a.1", {}, DeviceGroup::Own);
    ASSERT_TRUE(plan.ok());
    const CgroupDirectory* devices = find(*plan, "/devices/");
    ASSERT_NE(devices, nullptr);
    EXPECT_EQ(devices->path, machine.root() + "/sys/fs/cgroup/devices/potd.blue/a.1");
    EXPECT_EQ(devices->roles, CgroupDirectory::Plain);
}

TEST(CgroupTreeTest, V2HasNoSharedGroup) {
    const MachineTree machine(CgroupMode::V2);
    const CgroupTree tree(machine.layout(), "blue");
    EXPECT_EQ(tree.plan("a.1", {})->size(), 1U);
    EXPECT_EQ(tree.plan("a.1", {}, DeviceGroup::Own)->size(), 1U);
}

TEST(CgroupTreeTest, KnowsTheGroupsThatAnEarlierVersionMade) {
    const MachineTree machine(CgroupMode::Hybrid);
    const std::filesystem::path root(machine.root());
    const auto devices = root / "sys/fs/cgroup/devices/potd.blue/a.1";
    const auto cpuset = root / "sys/fs/cgroup/cpuset/potd.blue/a.1";
    std::filesystem::create_directories(devices);
    std::filesystem::create_directories(cpuset);
    CgroupTree tree(machine.layout(), "blue");
    EXPECT_EQ(tree.runs(), (std::vector<std::string>{"a.1"}));
    EXPECT_EQ(tree.paths("a.1").by_controller.at("devices"), devices.string());
    EXPECT_TRUE(tree.remove("a.1").ok());
    EXPECT_FALSE(std::filesystem::exists(devices));
    EXPECT_FALSE(std::filesystem::exists(cpuset));
    EXPECT_TRUE(std::filesystem::exists(devices.parent_path()));
}

TEST(CgroupTreeTest, AHybridPlanStartsWithTheUnifiedGroupAndNeedsNoFreezer) {
    const MachineTree machine(CgroupMode::Hybrid);
    const CgroupTree tree(machine.layout(), "blue");
    const auto plan = tree.plan("a.1", {});
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->front().roles, CgroupDirectory::Unified | CgroupDirectory::Freezer);
    EXPECT_EQ(find(*plan, "/freezer/"), nullptr);
}

TEST(CgroupTreeTest, TheOneGroupOfV2HasEverySetting) {
    const MachineTree machine(CgroupMode::V2);
    const CgroupTree tree(machine.layout(), "blue");
    core::Limits limits;
    limits.memory = 1 << 20;
    limits.cpuset = "0";
    const auto plan = tree.plan("a.1", limits);
    ASSERT_TRUE(plan.ok());
    ASSERT_EQ(plan->size(), 1U);
    EXPECT_EQ(plan->front().path, machine.root() + "/sys/fs/cgroup/potd.blue/a.1");
    EXPECT_EQ(plan->front().roles,
              CgroupDirectory::Unified | CgroupDirectory::Freezer | CgroupDirectory::Memory);
    EXPECT_EQ(plan->front().settings.size(), 3U);
}

TEST(CgroupTreeTest, ACpusetOnV1GetsMemoryNodesFirst) {
    const MachineTree machine(CgroupMode::V1);
    machine.put("sys/fs/cgroup/cpuset/potd.blue/cpuset.mems", "0\n");
    const CgroupTree tree(machine.layout(), "blue");
    core::Limits limits;
    limits.cpuset = "0-1";
    const auto plan = tree.plan("a.1", limits);
    ASSERT_TRUE(plan.ok());
    const CgroupDirectory* cpuset = find(*plan, "/cpuset/");
    ASSERT_NE(cpuset, nullptr);
    ASSERT_EQ(cpuset->settings.size(), 2U);
    EXPECT_EQ(cpuset->settings[0].file, "cpuset.mems");
    EXPECT_EQ(cpuset->settings[0].value, "0");
    EXPECT_EQ(cpuset->settings[1].value, "0-1");
}

TEST(CgroupTreeTest, MonitorsHaveAGroupBesideTheRunsOnV2) {
    const MachineTree machine(CgroupMode::V2);
    CgroupTree tree(machine.layout(), "blue");
    EXPECT_EQ(tree.monitors(), machine.root() + "/sys/fs/cgroup/potd-monitors.blue");
    std::filesystem::create_directories(tree.monitors());
    EXPECT_TRUE(tree.runs().empty());
    tree.remove_top();
    EXPECT_FALSE(std::filesystem::exists(tree.monitors()));
    for (const CgroupMode mode : {CgroupMode::V1, CgroupMode::Hybrid}) {
        const MachineTree other(mode);
        EXPECT_EQ(CgroupTree(other.layout(), "blue").monitors(), "");
    }
}

TEST(CgroupTreeTest, ListsTheRunsOfItsInstanceOnly) {
    const MachineTree machine(CgroupMode::Hybrid);
    const std::filesystem::path root(machine.root());
    std::filesystem::create_directories(root / "sys/fs/cgroup/memory/potd.blue/a.1");
    std::filesystem::create_directories(root / "sys/fs/cgroup/unified/potd.blue/b.2");
    std::filesystem::create_directories(root / "sys/fs/cgroup/unified/potd.red/c.3");
    const CgroupTree tree(machine.layout(), "blue");
    EXPECT_EQ(tree.runs(), (std::vector<std::string>{"a.1", "b.2"}));
}

TEST(CgroupTreeTest, RemovesGroupsWithWhatIsBelow) {
    const MachineTree machine(CgroupMode::Hybrid);
    const std::filesystem::path run =
        std::filesystem::path(machine.root()) / "sys/fs/cgroup/unified/potd.blue/b.2";
    std::filesystem::create_directories(run);
    CgroupTree tree(machine.layout(), "blue");
    EXPECT_TRUE(tree.remove("b.2").ok());
    EXPECT_FALSE(std::filesystem::exists(run));
    EXPECT_TRUE(tree.remove("b.2").ok());
}

TEST(CgroupTreeTest, KillsThroughTheUnifiedGroup) {
    const MachineTree machine(CgroupMode::Hybrid);
    machine.put("sys/fs/cgroup/unified/potd.blue/b.2/cgroup.kill", "");
    CgroupTree tree(machine.layout(), "blue");
    EXPECT_TRUE(tree.kill("b.2").ok());
    EXPECT_EQ(machine.get("sys/fs/cgroup/unified/potd.blue/b.2/cgroup.kill"), "1");
    EXPECT_TRUE(tree.kill("gone.1").ok());
}

TEST(CgroupTreeTest, ReadsWhetherARunIsPopulated) {
    const MachineTree machine(CgroupMode::V2);
    machine.put("sys/fs/cgroup/potd.blue/b.2/cgroup.events", "populated 1\nfrozen 0\n");
    const CgroupTree tree(machine.layout(), "blue");
    EXPECT_TRUE(tree.populated("b.2"));
    EXPECT_FALSE(tree.populated("c.2"));
}

}  // namespace
}  // namespace potd::platform
