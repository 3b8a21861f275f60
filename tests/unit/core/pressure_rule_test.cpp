#include "core/pressure/rule.hpp"

#include <gtest/gtest.h>

namespace potd::core {
namespace {

std::vector<Detector> read_when(std::string_view text) {
    auto detectors = parse_detectors(text, "when");
    EXPECT_TRUE(detectors) << (detectors ? "" : detectors.error().message);
    return detectors ? *detectors : std::vector<Detector>{};
}

std::string refusal_of(const Status& status) {
    return status ? "" : status.error().field + "|" + status.error().message;
}

std::string refused_when(std::string_view text) {
    const auto detectors = parse_detectors(text, "when");
    return detectors ? "" : detectors.error().message;
}

PressureRule rule_with(std::string_view when, std::string_view ladder) {
    PressureRule rule{"r", read_when(when), {}, milliseconds(1000)};
    auto steps = parse_ladder(ladder, "do");
    EXPECT_TRUE(steps);
    if (steps) rule.then = *steps;
    return rule;
}

TEST(PressureRuleTest, ReadsConditions) {
    const auto detectors =
        read_when("memory_full_10s > 40% for 5s and memory_available<15% and refaults > 1000");
    ASSERT_EQ(detectors.size(), 3U);
    EXPECT_EQ(detectors[0], (Detector{HostFigure::MemoryFull10, true, 40, milliseconds(5000)}));
    EXPECT_EQ(detectors[1], (Detector{HostFigure::MemoryAvailable, false, 15, {}}));
    EXPECT_EQ(detectors[2], (Detector{HostFigure::Refaults, true, 1000, {}}));
}

TEST(PressureRuleTest, WritesWhatItReads) {
    for (const char* text : {"memory_some_60s > 12.5% for 1m30s", "swap_free < 10%", "refaults > 250"}) {
        const auto detectors = read_when(text);
        ASSERT_EQ(detectors.size(), 1U);
        EXPECT_EQ(format_detector(detectors[0]), text);
    }
}

TEST(PressureRuleTest, EveryFigureAndStepHasAWord) {
    for (std::size_t i = 0; i < host_figure_count; ++i) {
        const auto figure = static_cast<HostFigure>(i);
        EXPECT_EQ(host_figure_from(to_string(figure)), figure);
    }
    for (int i = 0; i <= static_cast<int>(PressureAction::Kill); ++i) {
        const auto action = static_cast<PressureAction>(i);
        EXPECT_EQ(pressure_action_from(to_string(action)), action);
    }
}

TEST(PressureRuleTest, BadConditionsNameWhatWasGiven) {
    EXPECT_NE(refused_when("memory_free < 10%").find("memory_free"), std::string::npos);
    EXPECT_NE(refused_when("memory_free < 10%").find("memory_available"), std::string::npos)
        << "and what there is";
    EXPECT_NE(refused_when("swap_free < 10").find("percentage"), std::string::npos);
    EXPECT_NE(refused_when("swap_free < 101%").find("101%"), std::string::npos);
    EXPECT_NE(refused_when("swap_free < -1%").find("-1%"), std::string::npos);
    EXPECT_NE(refused_when("swap_free < nan%").find("nan%"), std::string::npos);
    EXPECT_NE(refused_when("refaults > many").find("many"), std::string::npos);
    EXPECT_NE(refused_when("swap_free < 10% for ever").find("ever"), std::string::npos);
    for (const char* text : {"", "swap_free", "swap_free = 1%", "swap_free < 1% and ", " and swap_free < 1%"})
        EXPECT_NE(refused_when(text), "") << text;
}

TEST(PressureRuleTest, BadLaddersNameTheStep) {
    const auto refused = parse_ladder("reclaim, shoot", "do");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "do");
    EXPECT_NE(refused.error().message.find("shoot"), std::string::npos);
    EXPECT_FALSE(parse_ladder("", "do"));
    EXPECT_FALSE(parse_ladder("kill,,stop", "do"));
}

TEST(PressureRuleTest, PartsThatDoNotFitAreRefused) {
    EXPECT_EQ(refusal_of(check_rule(rule_with("memory_available < 5%", "warn, reclaim, freeze, stop, kill"))),
              "");
    EXPECT_NE(refusal_of(check_rule(rule_with("memory_available < 5% and state_free < 5%", "warn")))
                  .find("when|speaks of memory and of disk space"),
              std::string::npos);
    EXPECT_NE(refusal_of(check_rule(rule_with("state_free < 5%", "kill"))).find("do|"), std::string::npos);
    EXPECT_NE(refusal_of(check_rule(rule_with("pids_free < 5%", "reclaim"))).find("reclaim"),
              std::string::npos);
    EXPECT_NE(refusal_of(check_rule(rule_with("memory_available < 5%", "kill, stop"))).find("milder"),
              std::string::npos);
    EXPECT_NE(refusal_of(check_rule(rule_with("memory_available < 5%", "kill, kill"))).find("milder"),
              std::string::npos);
    PressureRule hasty = rule_with("memory_available < 5%", "kill");
    hasty.settle = milliseconds(99);
    EXPECT_NE(refusal_of(check_rule(hasty)).find("settle|"), std::string::npos);
    EXPECT_NE(refusal_of(check_rule({"r", {}, hasty.then, milliseconds(1000)})).find("when|"),
              std::string::npos);
    EXPECT_NE(refusal_of(check_rule({"r", hasty.when, {}, milliseconds(1000)})).find("do|"),
              std::string::npos);
}

TEST(PressureRuleTest, TheUsualRulesAreGood) {
    for (const PressureRule& rule : usual_pressure_rules())
        EXPECT_EQ(refusal_of(check_rule(rule)), "") << rule.name;
}

}  // namespace
}  // namespace potd::core
