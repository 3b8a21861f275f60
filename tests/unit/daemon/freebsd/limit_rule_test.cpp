#include "daemon/platform/freebsd/pure/limit_rule.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

std::vector<std::string> texts(const core::Limits& limits) {
    std::vector<std::string> result;
    const auto rules = limit_rules("j", limits).value();
    result.reserve(rules.size());
    for (const LimitRule& rule : rules) result.push_back(rule.text);
    return result;
}

TEST(LimitRuleTest, NoLimitIsNoRule) {
    EXPECT_TRUE(texts({}).empty());
}

TEST(LimitRuleTest, EachLimitTakesTheActionThatHasAnEffect) {
    core::Limits limits;
    limits.memory = 64 << 20;
    limits.swap = 0;
    limits.pids = 200;
    limits.cpus = 1.5;
    EXPECT_EQ(texts(limits),
              (std::vector<std::string>{"jail:j:memoryuse:log=67108864", "jail:j:memoryuse:sigkill=67108864",
                                        "jail:j:swapuse:deny=67108864", "jail:j:maxproc:deny=200",
                                        "jail:j:pcpu:deny=150"}));
}

TEST(LimitRuleTest, WhatFreebsdLacksIsRefusedByItsField) {
    core::Limits weight;
    weight.cpu_weight = 50;
    EXPECT_EQ(limit_rules("j", weight).error().field, "limits.cpu_weight");
    core::Limits swap;
    swap.swap = 1 << 20;
    EXPECT_EQ(limit_rules("j", swap).error().field, "limits.swap");
    core::Limits soft;
    soft.memory_soft = 1 << 20;
    EXPECT_EQ(limit_rules("j", soft).error().kind, core::ErrorKind::Unsupported);
}

TEST(LimitRuleTest, EveryResourceOfRctlHasItsAction) {
    core::Limits limits;
    limits.files = 64;
    limits.rctl = {{"nthr", 20}, {"readbps", 4096}, {"writeiops", 7}, {"cputime", 60}, {"shmsize", 1 << 20}};
    EXPECT_EQ(texts(limits),
              (std::vector<std::string>{"jail:j:openfiles:deny=64", "jail:j:cputime:sigkill=60",
                                        "jail:j:nthr:deny=20", "jail:j:readbps:throttle=4096",
                                        "jail:j:shmsize:deny=1048576", "jail:j:writeiops:throttle=7"}));
}

TEST(LimitRuleTest, WhatIsABestEffortIsLeftOut) {
    core::Limits limits;
    limits.io_weight = 10;
    limits.io = {{"/dev/ada0", 4096, 0, 0, 0}};
    limits.hugepages = {{"2M", 0}};
    limits.pids = 7;
    EXPECT_EQ(limit_rules("j", limits).error().field, "limits.io_weight");
    limits.best_effort.all = true;
    EXPECT_EQ(texts(limits), std::vector<std::string>{"jail:j:maxproc:deny=7"});
    EXPECT_EQ(plan_rules("j", limits, true).left_out.size(), 3U);
    EXPECT_EQ(plan_rules("j", limits, false).left_out.size(), 4U) << "without accounts there is no rule";
    EXPECT_TRUE(limit_rules("j", limits, false)->empty());
}

TEST(LimitRuleTest, AChangeAddsBeforeItRemoves) {
    core::Limits limits;
    limits.pids = 20;
    limits.cpus = 1;
    const auto wanted = limit_rules("j", limits).value();
    const RuleChange change = rule_change(
        "jail:j:maxproc:deny=10,jail:j:pcpu:deny=100,jail:j:swapuse:deny=1,jail:j:nthr:log=3,jail:j:"
        "memoryuse:log=4",
        wanted);
    ASSERT_EQ(change.add.size(), 1U);
    EXPECT_EQ(change.add[0].text, "jail:j:maxproc:deny=20");
    EXPECT_EQ(change.remove, (std::vector<std::string>{"jail:j:maxproc:deny=10", "jail:j:memoryuse:log=4",
                                                       "jail:j:swapuse:deny=1"}));
    EXPECT_TRUE(rule_change("", {}).remove.empty());
    EXPECT_EQ(rule_change("", wanted).add.size(), 2U);
}

TEST(LimitRuleTest, ProcessorsComeFromAList) {
    EXPECT_EQ(*parse_cpus("0,2-3", "f"), (std::vector<unsigned>{0, 2, 3}));
    EXPECT_EQ(*parse_cpus("1,1-2", "f"), (std::vector<unsigned>{1, 2}));
    for (const char* wrong : {"3-1", "a", "0,,1", "1-", "-1", "99999"})
        EXPECT_FALSE(parse_cpus(wrong, "f").ok()) << wrong;
}

}  // namespace
}  // namespace potd::platform
