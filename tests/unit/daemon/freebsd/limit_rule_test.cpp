#include "daemon/platform/freebsd/pure/limit_rule.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

std::vector<std::string> texts(const core::Limits& limits) {
    std::vector<std::string> result;
    const auto rules = limit_rules("j", limits).value();
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
              (std::vector<std::string>{"jail:j:memoryuse:sigkill=67108864", "jail:j:swapuse:deny=67108864",
                                        "jail:j:maxproc:deny=200", "jail:j:pcpu:deny=150"}));
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

TEST(LimitRuleTest, ProcessorsComeFromAList) {
    EXPECT_EQ(*parse_cpus("0,2-3", "f"), (std::vector<unsigned>{0, 2, 3}));
    EXPECT_EQ(*parse_cpus("1,1-2", "f"), (std::vector<unsigned>{1, 2}));
    for (const char* wrong : {"3-1", "a", "0,,1", "1-", "-1", "99999"})
        EXPECT_FALSE(parse_cpus(wrong, "f").ok()) << wrong;
}

}  // namespace
}  // namespace potd::platform
