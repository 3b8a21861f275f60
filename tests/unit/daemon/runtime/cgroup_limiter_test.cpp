#include "daemon/platform/linux/cgroup_limiter.hpp"

#include "daemon/platform/linux/limit_change.hpp"
#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using test::MachineTree;

constexpr std::int64_t mib_of_group = 1 << 20;

/// A run "a.1" on a made-up machine, whose control files say that nothing is limited.
class CgroupLimiterTest : public testing::Test {
  protected:
    void on(CgroupMode mode) {
        machine_.emplace(mode);
        if (mode == CgroupMode::V2) {
            put_v2();
        } else {
            put_v1();
        }
        std::filesystem::create_directories(machine_->root() + "/sys/dev/block/254:0");
        std::filesystem::create_directories(machine_->root() + "/sys/dev/block/254:1");
        machine_->put("sys/dev/block/254:1/partition", "1");
        tree_.emplace(machine_->layout(), "blue", machine_->root());
    }
    core::Status set(const core::Limits& limits) {
        return set_group_limits(*tree_, "a.1", limits, machine_->root());
    }
    [[nodiscard]] std::string get(const std::string& file) const { return machine_->get(base_ + file); }
    void put(const std::string& file, std::string_view content) const {
        machine_->put(base_ + file, content);
    }

    std::optional<MachineTree> machine_;
    std::optional<CgroupTree> tree_;
    std::string base_;

  private:
    void put_v2() {
        base_ = "sys/fs/cgroup/potd.blue/a.1/";
        for (const auto& [file, content] :
             std::initializer_list<std::pair<const char*, const char*>>{{"memory.max", "max\n"},
                                                                        {"memory.high", "max\n"},
                                                                        {"memory.low", "0\n"},
                                                                        {"memory.swap.max", "max\n"},
                                                                        {"memory.current", "0\n"},
                                                                        {"memory.stat", "anon 0\nfile 0\n"},
                                                                        {"cpu.max", "max 100000\n"},
                                                                        {"cpu.weight", "100\n"},
                                                                        {"cpuset.cpus", "\n"},
                                                                        {"pids.max", "4096\n"},
                                                                        {"io.max", ""},
                                                                        {"io.weight", "default 100\n"},
                                                                        {"io.bfq.weight", "default 100\n"}})
            put(file, content);
        machine_->put("sys/fs/cgroup/potd.blue/cpuset.cpus.effective", "0-3\n");
    }
    void put_v1() {
        base_ = "sys/fs/cgroup/";
        for (const auto& [file, content] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"memory/potd.blue/a.1/memory.limit_in_bytes", "9223372036854771712\n"},
                 {"memory/potd.blue/a.1/memory.memsw.limit_in_bytes", "9223372036854771712\n"},
                 {"memory/potd.blue/a.1/memory.soft_limit_in_bytes", "9223372036854771712\n"},
                 {"cpu,cpuacct/potd.blue/a.1/cpu.cfs_quota_us", "-1\n"},
                 {"cpu,cpuacct/potd.blue/a.1/cpu.cfs_period_us", "100000\n"},
                 {"cpu,cpuacct/potd.blue/a.1/cpu.shares", "1024\n"},
                 {"pids/potd.blue/a.1/pids.max", "4096\n"}})
            put(file, content);
    }
};

TEST_F(CgroupLimiterTest, SetsEveryLimitOfV2AndTakesItBack) {
    on(CgroupMode::V2);
    core::Limits limits;
    limits.memory = 64 * mib_of_group;
    limits.memory_soft = 32 * mib_of_group;
    limits.swap = 0;
    limits.cpus = 0.5;
    limits.cpu_weight = 200;
    limits.cpuset = "0-1";
    limits.pids = 20;
    limits.io_weight = 50;
    limits.io = {{"254:0", mib_of_group, 0, 0, 7}};
    const core::Status done = set(limits);
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(get("memory.max"), "67108864");
    EXPECT_EQ(get("memory.high"), "max") << "it was lowered for the trial only";
    EXPECT_EQ(get("memory.low"), "33554432");
    EXPECT_EQ(get("memory.swap.max"), "0");
    EXPECT_EQ(get("cpu.max"), "50000 100000");
    EXPECT_EQ(get("cpu.weight"), "200");
    EXPECT_EQ(get("cpuset.cpus"), "0-1");
    EXPECT_EQ(get("pids.max"), "20");
    EXPECT_EQ(get("io.weight"), "default 50");
    EXPECT_EQ(get("io.max"), "254:0 rbps=1048576 wbps=max riops=max wiops=7");
    ASSERT_TRUE(set({}).ok());
    EXPECT_EQ(get("memory.max"), "max");
    EXPECT_EQ(get("memory.low"), "0");
    EXPECT_EQ(get("memory.swap.max"), "max");
    EXPECT_EQ(get("cpu.max"), "max 100000");
    EXPECT_EQ(get("cpu.weight"), "100");
    EXPECT_EQ(get("cpuset.cpus"), "0-3") << "the kernel empties no set that has processes";
    EXPECT_EQ(get("pids.max"), "4096");
    EXPECT_EQ(get("io.weight"), "default 100");
    EXPECT_EQ(get("io.max"), "254:0 rbps=max wbps=max riops=max wiops=max");
}

TEST_F(CgroupLimiterTest, SetsEveryLimitOfV1AndTakesItBack) {
    on(CgroupMode::V1);
    core::Limits limits;
    limits.memory = 64 * mib_of_group;
    limits.memory_soft = 32 * mib_of_group;
    limits.swap = mib_of_group;
    limits.cpus = 0.5;
    limits.cpu_weight = 10'000;
    limits.pids = 20;
    const core::Status done = set(limits);
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(get("memory/potd.blue/a.1/memory.limit_in_bytes"), "67108864");
    EXPECT_EQ(get("memory/potd.blue/a.1/memory.memsw.limit_in_bytes"), "68157440");
    EXPECT_EQ(get("memory/potd.blue/a.1/memory.soft_limit_in_bytes"), "33554432");
    EXPECT_EQ(get("cpu,cpuacct/potd.blue/a.1/cpu.cfs_quota_us"), "50000");
    EXPECT_EQ(get("cpu,cpuacct/potd.blue/a.1/cpu.shares"), "262144");
    EXPECT_EQ(get("pids/potd.blue/a.1/pids.max"), "20");
    ASSERT_TRUE(set({}).ok());
    EXPECT_EQ(get("memory/potd.blue/a.1/memory.limit_in_bytes"), "-1");
    EXPECT_EQ(get("memory/potd.blue/a.1/memory.memsw.limit_in_bytes"), "-1");
    EXPECT_EQ(get("cpu,cpuacct/potd.blue/a.1/cpu.cfs_quota_us"), "-1");
    EXPECT_EQ(get("cpu,cpuacct/potd.blue/a.1/cpu.shares"), "1024");
}

TEST_F(CgroupLimiterTest, WhatTheRunHasAlreadyIsNotWritten) {
    on(CgroupMode::V2);
    const std::filesystem::path file = machine_->root() + "/" + base_ + "pids.max";
    const auto before = std::filesystem::last_write_time(file);
    std::filesystem::last_write_time(file, before - std::chrono::hours(1));
    ASSERT_TRUE(set({}).ok());
    EXPECT_LT(std::filesystem::last_write_time(file), before);
    EXPECT_EQ(get("memory.max"), "max\n");
}

TEST_F(CgroupLimiterTest, MemoryBelowWhatIsInUseIsRefusedWithTheUse) {
    on(CgroupMode::V2);
    put("memory.current", "100000000\n");
    put("memory.swap.max", "0\n");
    put("memory.stat", "anon 90000000\nfile 10000000\n");
    core::Limits limits;
    limits.memory = 64 * mib_of_group;
    limits.swap = 0;
    limits.pids = 20;
    const core::Status refused = set(limits);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Conflict);
    EXPECT_EQ(refused.error().field, "limits.memory");
    EXPECT_NE(refused.error().message.find("100000000 bytes"), std::string::npos) << refused.error().message;
    EXPECT_EQ(get("memory.max"), "max\n");
    EXPECT_EQ(get("memory.high"), "max\n") << "it was not even tried";
    EXPECT_EQ(get("pids.max"), "4096") << "what came before it was taken back";
}

TEST_F(CgroupLimiterTest, MemoryThatCannotBeTakenBackIsFoundOutByTrying) {
    on(CgroupMode::V2);
    put("memory.current", "100000000\n");  // the made-up kernel takes nothing back
    put("memory.stat", "anon 1000\nfile 90000000\n");
    core::Limits limits;
    limits.memory = 64 * mib_of_group;
    const core::Status refused = set(limits);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().field, "limits.memory");
    EXPECT_EQ(get("memory.max"), "max\n");
    EXPECT_EQ(get("memory.high"), "max");
}

TEST_F(CgroupLimiterTest, ARunThatIsGoneIsNotFound) {
    on(CgroupMode::V2);
    core::Limits limits;
    limits.pids = 20;
    EXPECT_EQ(set_group_limits(*tree_, "b.2", limits, machine_->root()).error().kind,
              core::ErrorKind::NotFound);
    on(CgroupMode::V1);
    limits.cpuset = "0";
    EXPECT_EQ(set_group_limits(*tree_, "b.2", limits, machine_->root()).error().kind,
              core::ErrorKind::NotFound);
}

TEST_F(CgroupLimiterTest, ACpusetOnV1GetsItsGroupWhileItRuns) {
    on(CgroupMode::V1);
    machine_->put("sys/fs/cgroup/cpuset/potd.blue/cpuset.mems", "0\n");
    machine_->put("sys/fs/cgroup/cpuset/potd.blue/cpuset.cpus", "0-3\n");
    // The kernel would make these files with the directory.
    put("cpuset/potd.blue/a.1/cpuset.mems", "0\n");
    put("cpuset/potd.blue/a.1/cpuset.cpus", "0-3\n");
    core::Limits limits;
    limits.cpuset = "1";
    core::Status done = set(limits);
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(get("cpuset/potd.blue/a.1/cpuset.cpus"), "1");
    done = set({});
    ASSERT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(get("cpuset/potd.blue/a.1/cpuset.cpus"), "0-3") << "all that potd's pots may have";
}

TEST_F(CgroupLimiterTest, ADeviceThatIsNotThereIsRefusedByItsField) {
    on(CgroupMode::V2);
    core::Limits limits;
    limits.io = {{"254:0", mib_of_group, 0, 0, 0}, {"9:9", mib_of_group, 0, 0, 0}};
    EXPECT_EQ(set(limits).error().field, "limits.io[1].device");
    limits.io[1].device = "/dev/none";
    EXPECT_EQ(set(limits).error().kind, core::ErrorKind::InvalidArgument);
    limits.io[1].device = "254:1";
    EXPECT_NE(set(limits).error().message.find("whole disk"), std::string::npos);
}

TEST_F(CgroupLimiterTest, DevicesThatAreNotBoundedAnyMoreAreLetGo) {
    on(CgroupMode::V2);
    put("io.max", "8:0 rbps=4096 wbps=max riops=max wiops=max\n");
    ASSERT_TRUE(set({}).ok());
    EXPECT_EQ(get("io.max"), "8:0 rbps=max wbps=max riops=max wiops=max");
}

TEST(LimitChangeTest, ComparesAsTheKernelMeansIt) {
    EXPECT_TRUE(same_limit("max", "-1"));
    EXPECT_TRUE(same_limit("9223372036854771712\n", "-1"));
    EXPECT_TRUE(same_limit("0-1\n", "0-1"));
    EXPECT_FALSE(same_limit("8192", "8193"));
    EXPECT_TRUE(is_raise("4096", "-1"));
    EXPECT_FALSE(is_raise("max", "4096"));
}

}  // namespace
}  // namespace potd::platform
