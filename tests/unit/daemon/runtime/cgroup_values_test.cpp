#include "daemon/platform/linux/cgroup_values.hpp"

#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using test::MachineTree;

/// The value written to a file, or "-" if it is not written.
std::string value_of(const core::Limits& limits, CgroupMode mode, const std::string& file) {
    const MachineTree machine(mode);
    const auto settings = cgroup_settings(limits, machine.layout());
    if (!settings) return settings.error().message;
    for (const LimitSetting& setting : settings.value()) {
        if (setting.file == file) return setting.value;
    }
    return "-";
}

core::Limits full_limits() {
    core::Limits limits;
    limits.memory = 256 << 20;
    limits.memory_soft = 128 << 20;
    limits.swap = 64 << 20;
    limits.cpus = 1.5;
    limits.cpu_weight = 200;
    limits.cpuset = "0,2-3";
    limits.pids = 77;
    return limits;
}

TEST(CgroupValuesTest, WritesEveryLimitToV1) {
    const core::Limits limits = full_limits();
    EXPECT_EQ(value_of(limits, CgroupMode::V1, "memory.limit_in_bytes"), "268435456");
    EXPECT_EQ(value_of(limits, CgroupMode::V1, "memory.memsw.limit_in_bytes"), "335544320");
    EXPECT_EQ(value_of(limits, CgroupMode::V1, "memory.soft_limit_in_bytes"), "134217728");
    EXPECT_EQ(value_of(limits, CgroupMode::V1, "cpu.cfs_period_us"), "100000");
    EXPECT_EQ(value_of(limits, CgroupMode::V1, "cpu.cfs_quota_us"), "150000");
    EXPECT_EQ(value_of(limits, CgroupMode::V1, "cpuset.cpus"), "0,2-3");
    EXPECT_EQ(value_of(limits, CgroupMode::V1, "pids.max"), "77");
}

TEST(CgroupValuesTest, WritesEveryLimitToV2) {
    const core::Limits limits = full_limits();
    EXPECT_EQ(value_of(limits, CgroupMode::V2, "memory.max"), "268435456");
    EXPECT_EQ(value_of(limits, CgroupMode::V2, "memory.swap.max"), "67108864");
    EXPECT_EQ(value_of(limits, CgroupMode::V2, "memory.low"), "134217728");
    EXPECT_EQ(value_of(limits, CgroupMode::V2, "cpu.max"), "150000 100000");
    EXPECT_EQ(value_of(limits, CgroupMode::V2, "cpu.weight"), "200");
    EXPECT_EQ(value_of(limits, CgroupMode::V2, "cpu.shares"), "-");
}

TEST(CgroupValuesTest, TheMemoryLimitComesBeforeMemoryAndSwap) {
    const MachineTree machine(CgroupMode::Hybrid);
    const auto settings = cgroup_settings(full_limits(), machine.layout());
    ASSERT_TRUE(settings.ok());
    const auto at = [&](const std::string& file) {
        return std::find_if(settings->begin(), settings->end(),
                            [&](const auto& each) { return each.file == file; });
    };
    EXPECT_LT(at("memory.limit_in_bytes"), at("memory.memsw.limit_in_bytes"));
}

TEST(CgroupValuesTest, WithoutLimitsOnlyTheProcessNumberIsBounded) {
    const MachineTree machine(CgroupMode::V2);
    const auto settings = cgroup_settings({}, machine.layout());
    ASSERT_TRUE(settings.ok());
    ASSERT_EQ(settings->size(), 1U);
    EXPECT_EQ(settings->front(), (LimitSetting{"pids", "pids.max", "4096", "", ""}));
}

TEST(CgroupValuesTest, ATinyQuotaIsTheKernelsSmallest) {
    core::Limits limits;
    limits.cpus = 0.001;
    EXPECT_EQ(value_of(limits, CgroupMode::V2, "cpu.max"), "1000 100000");
}

TEST(CgroupValuesTest, ALimitWithoutControllerIsRefusedByName) {
    core::Limits limits;
    limits.memory = 1 << 20;
    const auto settings = cgroup_settings(limits, CgroupLayout{CgroupMode::V2, {}, "/none", {"pids"}, false});
    ASSERT_FALSE(settings.ok());
    EXPECT_EQ(settings.error().kind, core::ErrorKind::Unsupported);
    EXPECT_EQ(settings.error().field, "limits.memory");
}

TEST(CgroupValuesTest, SwapAloneIsRefusedOnV1) {
    core::Limits limits;
    limits.swap = 0;
    const MachineTree machine(CgroupMode::V1);
    const auto settings = cgroup_settings(limits, machine.layout());
    ASSERT_FALSE(settings.ok());
    EXPECT_EQ(settings.error().field, "limits.swap");
}

CgroupLayout v1_with_blocks() {
    CgroupLayout layout{CgroupMode::V1, {{"blkio", "/b"}, {"hugetlb", "/h"}}, "", {}, false};
    layout.huge_pages = {2 << 20, 1 << 30};
    return layout;
}

core::Limits limits_of_devices() {
    core::Limits limits;
    limits.io_weight = 100;
    limits.io = {{"8:0", 1 << 20, 0, 0, 7}};
    limits.hugepages = {{"2M", 4 << 20}, {"1G", 0}};
    return limits;
}

std::vector<std::string> lines_of(const core::Limits& limits, const CgroupLayout& layout) {
    std::vector<std::string> lines;
    const auto settings = cgroup_settings(limits, layout);
    if (!settings) return {settings.error().message};
    for (const LimitSetting& setting : *settings) lines.push_back(setting.file + " " + setting.value);
    return lines;
}

TEST(CgroupValuesTest, WritesDevicesAndHugePagesToV1) {
    EXPECT_EQ(
        lines_of(limits_of_devices(), v1_with_blocks()),
        (std::vector<std::string>{"blkio.bfq.weight 100", "blkio.throttle.read_bps_device 8:0 1048576",
                                  "blkio.throttle.write_iops_device 8:0 7", "hugetlb.1GB.limit_in_bytes 0",
                                  "hugetlb.2MB.limit_in_bytes 4194304"}));
}

TEST(CgroupValuesTest, WritesDevicesAndHugePagesToV2) {
    CgroupLayout layout{CgroupMode::V2, {}, "/u", {"io", "hugetlb"}, false};
    layout.huge_pages = {2 << 20, 1 << 30};
    EXPECT_EQ(lines_of(limits_of_devices(), layout),
              (std::vector<std::string>{"io.bfq.weight default 100", "io.weight default 100",
                                        "io.max 8:0 rbps=1048576 wbps=max riops=max wiops=7",
                                        "hugetlb.1GB.max 0", "hugetlb.2MB.max 4194304"}));
    layout.missing = {{"io.bfq.weight", "no bfq"}};
    EXPECT_EQ(lines_of(limits_of_devices(), layout).front(), "io.weight default 100");
    layout.missing = {{"io.weight", "no iocost"}};
    EXPECT_EQ(lines_of(limits_of_devices(), layout).front(), "io.bfq.weight default 100");
    EXPECT_EQ(lines_of(limits_of_devices(), layout)[1].substr(0, 6), "io.max");
}

TEST(CgroupValuesTest, WhatTheMachineLacksIsRefusedUnlessItIsABestEffort) {
    CgroupLayout layout = v1_with_blocks();
    layout.missing = {{"blkio.bfq.weight", "no device has weights"}};
    layout.huge_pages = {2 << 20};
    core::Limits limits = limits_of_devices();
    auto refused = cgroup_settings(limits, layout);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Unsupported);
    EXPECT_EQ(refused.error().field, "limits.io_weight");
    EXPECT_NE(refused.error().message.find("no device has weights"), std::string::npos);
    limits.best_effort.fields = {"io_weight"};
    EXPECT_EQ(cgroup_settings(limits, layout).error().field, "limits.hugepages.1G");
    limits.best_effort = {true, {}};
    EXPECT_EQ(cgroup_settings(limits, layout)->size(), 3U);
    EXPECT_EQ(
        plan_limits(limits, layout).left_out,
        (std::vector<core::LeftOut>{{"limits.io_weight", "no device has weights"},
                                    {"limits.hugepages.1G", "this machine has no huge pages of this size"}}));
}

TEST(CgroupValuesTest, ResourcesOfRctlAreFreebsds) {
    core::Limits limits;
    limits.rctl = {{"nthr", 7}};
    EXPECT_EQ(cgroup_settings(limits, v1_with_blocks()).error().field, "limits.rctl.nthr");
}

TEST(CgroupValuesTest, ANumberOfCpusIsWrittenWhereItWasPlaced) {
    core::Limits limits;
    limits.cpu_count = 2;
    limits.cpuset = "1-2";
    const MachineTree machine(CgroupMode::V1);
    const auto settings = cgroup_settings(limits, machine.layout());
    ASSERT_TRUE(settings.ok());
    EXPECT_EQ(settings->front(), (LimitSetting{"cpuset", "cpuset.cpus", "1-2", "limits.cpu_count", ""}));
    EXPECT_EQ(cgroup_settings(limits, v1_with_blocks()).error().field, "limits.cpu_count");
}

TEST(CgroupValuesTest, WeightsBecomeThoseOfBfq) {
    EXPECT_EQ(bfq_from_weight(1), 1);
    EXPECT_EQ(bfq_from_weight(100), 100) << "normal stays normal";
    EXPECT_EQ(bfq_from_weight(10'000), 1'000);
    EXPECT_EQ(bfq_from_weight(5'050), 550);
}

TEST(CgroupValuesTest, WeightsBecomeShares) {
    EXPECT_EQ(shares_from_weight(100), 1024);
    EXPECT_EQ(shares_from_weight(1), 2);
    EXPECT_EQ(shares_from_weight(10'000), 262'144);
    EXPECT_LT(shares_from_weight(50), 1024);
}

}  // namespace
}  // namespace potd::platform
