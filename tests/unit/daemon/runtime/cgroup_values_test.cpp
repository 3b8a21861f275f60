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
    EXPECT_EQ(settings->front(), (LimitSetting{"pids", "pids.max", "4096", ""}));
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

TEST(CgroupValuesTest, WeightsBecomeShares) {
    EXPECT_EQ(shares_from_weight(100), 1024);
    EXPECT_EQ(shares_from_weight(1), 2);
    EXPECT_EQ(shares_from_weight(10'000), 262'144);
    EXPECT_LT(shares_from_weight(50), 1024);
}

}  // namespace
}  // namespace potd::platform
