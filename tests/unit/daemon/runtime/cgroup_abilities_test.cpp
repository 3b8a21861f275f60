#include "daemon/platform/linux/cgroup_abilities.hpp"

#include "daemon/platform/linux/host_probe.hpp"
#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using test::MachineTree;

std::vector<std::string> missing_on(const MachineTree& machine) {
    std::vector<std::string> files;
    for (const auto& [file, reason] : missing_files(machine.layout(), "potd.blue", machine.root())) {
        EXPECT_FALSE(reason.empty()) << file;
        files.push_back(file);
    }
    return files;
}

std::map<std::string, std::string> lacks_of(const CgroupLayout& layout) {
    std::map<std::string, std::string> lacks;
    for (const core::LimitAbility& one : limit_abilities(layout)) lacks.emplace(one.name, one.lack);
    return lacks;
}

TEST(CgroupAbilitiesTest, WeightsNeedASchedulerThatLooksAtThem) {
    const MachineTree machine(CgroupMode::V2);
    for (const char* file : {"cpu.max", "memory.swap.max", "io.max", "io.weight", "io.bfq.weight"})
        machine.put(std::string("sys/fs/cgroup/potd.blue/") + file, "");
    EXPECT_EQ(missing_on(machine), (std::vector<std::string>{"io.bfq.weight", "io.weight"}));
    machine.put("sys/fs/cgroup/io.cost.qos", "254:0 enable=1 ctrl=auto\n");
    EXPECT_EQ(missing_on(machine), std::vector<std::string>{"io.bfq.weight"});
    machine.put("sys/devices/vda/queue/scheduler", "none mq-deadline [bfq]\n");
    std::filesystem::create_directories(machine.root() + "/sys/block");
    std::filesystem::create_directory_symlink(machine.root() + "/sys/devices/vda",
                                              machine.root() + "/sys/block/vda");
    EXPECT_TRUE(missing_on(machine).empty());
}

TEST(CgroupAbilitiesTest, CostsAreTheMachinesAlsoForAPotdThatIsAUnit) {
    const MachineTree machine(CgroupMode::V2);
    CgroupLayout layout = machine.layout();
    layout.unified += "/system.slice";
    machine.put("sys/fs/cgroup/system.slice/potd.blue/io.weight", "");
    EXPECT_TRUE(missing_files(layout, "potd.blue", machine.root()).contains("io.weight"));
    machine.put("sys/fs/cgroup/io.cost.qos", "254:0 enable=1 ctrl=auto\n");
    EXPECT_FALSE(missing_files(layout, "potd.blue", machine.root()).contains("io.weight"));
}

TEST(CgroupAbilitiesTest, WhatAKernelWasBuiltWithoutIsMissing) {
    const MachineTree machine(CgroupMode::V1);
    EXPECT_EQ(missing_on(machine),
              (std::vector<std::string>{"cpu.cfs_quota_us", "memory.memsw.limit_in_bytes"}));
    CgroupLayout layout = machine.layout();
    layout.missing = missing_files(layout, "potd.blue", machine.root());
    const auto lacks = lacks_of(layout);
    EXPECT_NE(lacks.at("swap").find("swapaccount"), std::string::npos);
    EXPECT_NE(lacks.at("cpus").find("CONFIG_CFS_BANDWIDTH"), std::string::npos);
    EXPECT_EQ(lacks.at("memory"), "");
    EXPECT_EQ(lacks.at("memory_soft"), "");
    EXPECT_EQ(lacks.at("cpu_count"), "");
    EXPECT_NE(lacks.at("io"), "") << "it has no blkio";
    EXPECT_NE(lacks.at("hugepages"), "");
    EXPECT_NE(lacks.at("rctl"), "");
    EXPECT_EQ(lacks.at("files"), "");
}

TEST(CgroupAbilitiesTest, OnlyCpusThatPotsMayHaveCount) {
    const MachineTree machine(CgroupMode::V1);
    machine.put("sys/devices/system/cpu/online", "0-1,3-5\n");
    EXPECT_EQ(read_host_facts(machine.layout(), machine.root()).cpu_numbers, (std::vector<int>{0, 1, 3}))
        << "the set of the machine is 0-3";
}

}  // namespace
}  // namespace potd::platform
