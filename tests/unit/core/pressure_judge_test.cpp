#include "core/pressure/judge.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

constexpr std::int64_t mega = 1 << 20;
constexpr std::int64_t machine = 1024 * mega;

PotLoad load(std::string name, int priority, std::int64_t working_set) {
    PotLoad pot;
    pot.id = PotId{name};
    pot.name = std::move(name);
    pot.run = 1;
    pot.priority = priority;
    pot.working_set = working_set;
    pot.pids = 10;
    return pot;
}

/// Calls judge() as potd does, second by second.
class PressureJudgeTest : public ::testing::Test {
  protected:
    PressureJudgeTest() {
        settings.rules = {{"short",
                           {{HostFigure::MemoryAvailable, false, 10, {}}},
                           {PressureAction::Kill},
                           milliseconds(5000)}};
        view.memory_total = machine;
        available(50);
    }
    void available(double percent) { view.host[place_of(HostFigure::MemoryAvailable)] = percent; }
    PressureRule& rule() { return settings.rules.front(); }
    PotLoad& pot(const std::string& name) {
        return *std::find_if(view.pots.begin(), view.pots.end(),
                             [&](const PotLoad& one) { return one.name == name; });
    }
    void gone(const std::string& name) {
        std::erase_if(view.pots, [&](const PotLoad& one) { return one.name == name; });
    }
    PressureVerdict at(std::int64_t second) {
        view.at = SteadyTime{second * 1000};
        PressureVerdict verdict = judge(settings, memory, view);
        memory = verdict.memory;
        return verdict;
    }
    /// "kill web", "warn", "thaw web", with blanks between.
    std::string steps_at(std::int64_t second) {
        std::string text;
        for (const PressureStep& step : at(second).steps) {
            text += text.empty() ? "" : ", ";
            text += step.what == PressureStep::What::Thaw ? "thaw" : to_string(step.action);
            if (step.pot) text += " " + step.pot->name;
        }
        return text;
    }

    PressureSettings settings;
    PressureMemory memory;
    PressureView view;
};

TEST_F(PressureJudgeTest, NothingIsDoneWhileNothingIsShort) {
    view.pots = {load("a", 0, 500 * mega)};
    EXPECT_EQ(steps_at(0), "");
    available(10);
    EXPECT_EQ(steps_at(1), "") << "the bound itself is not beyond it";
}

TEST_F(PressureJudgeTest, TheLowestPriorityGivesWayFirst) {
    view.pots = {load("large", 5, 500 * mega), load("small", -1, 20 * mega), load("middle", 0, 100 * mega)};
    available(5);
    EXPECT_EQ(steps_at(0), "kill small");
    gone("small");
    EXPECT_EQ(steps_at(4), "") << "the kill has to show first";
    EXPECT_EQ(steps_at(5), "kill middle");
    gone("middle");
    EXPECT_EQ(steps_at(10), "kill large");
}

TEST_F(PressureJudgeTest, AProtectedPotNeverGivesWay) {
    view.pots = {load("db", -10, 900 * mega)};
    pot("db").is_protected = true;
    available(1);
    for (int second = 0; second < 60; ++second) EXPECT_EQ(steps_at(second), "");
}

TEST_F(PressureJudgeTest, AmongEqualsTheOneFurthestBeyondItsSoftLimit) {
    view.pots = {load("modest", 0, 400 * mega), load("greedy", 0, 200 * mega)};
    pot("modest").soft_limit = 390 * mega;
    available(5);
    EXPECT_EQ(steps_at(0), "kill greedy");
}

TEST_F(PressureJudgeTest, AmongThoseTheOneThatGrows) {
    view.pots = {load("steady", 0, 205 * mega), load("growing", 0, 200 * mega)};
    pot("growing").growth = 10 * mega;
    available(5);
    EXPECT_EQ(steps_at(0), "kill growing") << "five megabytes more do not outweigh it";
    gone("growing");
    view.pots.push_back(load("other", 0, 204 * mega));
    EXPECT_EQ(steps_at(5), "kill steady") << "else the larger one";
}

TEST_F(PressureJudgeTest, APotThatWouldFreeNothingIsLeftAlone) {
    view.pots = {load("tiny", -5, 2 * mega), load("large", 5, 500 * mega)};
    available(5);
    EXPECT_EQ(steps_at(0), "kill large");
}

TEST_F(PressureJudgeTest, AConditionHasToLast) {
    rule().when[0].lasting = milliseconds(3000);
    view.pots = {load("a", 0, 500 * mega)};
    available(5);
    EXPECT_EQ(steps_at(0), "");
    EXPECT_EQ(steps_at(2), "");
    available(20);
    EXPECT_EQ(steps_at(3), "");
    available(5);
    EXPECT_EQ(steps_at(4), "") << "counted anew";
    EXPECT_EQ(steps_at(6), "");
    EXPECT_EQ(steps_at(7), "kill a");
}

TEST_F(PressureJudgeTest, AllConditionsHaveToHold) {
    rule().when.push_back({HostFigure::MemoryFull10, true, 40, {}});
    view.pots = {load("a", 0, 500 * mega)};
    available(5);
    EXPECT_EQ(steps_at(0), "") << "what the machine does not say is not beyond its bound";
    view.host[place_of(HostFigure::MemoryFull10)] = 39;
    EXPECT_EQ(steps_at(1), "");
    view.host[place_of(HostFigure::MemoryFull10)] = 41;
    EXPECT_EQ(steps_at(2), "kill a");
}

TEST_F(PressureJudgeTest, OnePotClimbsTheLadder) {
    rule().then = {PressureAction::Warn, PressureAction::Reclaim, PressureAction::Freeze,
                   PressureAction::Stop, PressureAction::Kill};
    view.pots = {load("a", 0, 500 * mega), load("b", 1, 500 * mega)};
    available(5);
    EXPECT_EQ(steps_at(0), "warn");
    EXPECT_EQ(steps_at(5), "reclaim a");
    EXPECT_EQ(steps_at(10), "freeze a");
    pot("a").is_paused = true;
    EXPECT_EQ(steps_at(15), "stop a");
    pot("a").is_paused = false;
    pot("a").is_ending = true;
    EXPECT_EQ(steps_at(19), "");
    EXPECT_EQ(steps_at(20), "kill a");
    EXPECT_EQ(steps_at(25), "reclaim b") << "a has had all of it, and is still there";
}

TEST_F(PressureJudgeTest, OneWhoIsPausedIsNotFrozen) {
    rule().then = {PressureAction::Freeze, PressureAction::Kill};
    view.pots = {load("a", 0, 500 * mega)};
    pot("a").is_paused = true;
    available(5);
    EXPECT_EQ(steps_at(0), "kill a");
}

TEST_F(PressureJudgeTest, OneThatSomebodyElseStopsIsLeftToThat) {
    view.pots = {load("a", 0, 500 * mega), load("b", 1, 500 * mega)};
    pot("a").is_ending = true;
    available(5);
    EXPECT_EQ(steps_at(0), "kill b");
}

TEST_F(PressureJudgeTest, AnEpisodeIsOverWhenItHasBeenQuietForTheTimeToSettle) {
    rule().then = {PressureAction::Reclaim, PressureAction::Kill};
    view.pots = {load("a", 0, 500 * mega)};
    available(5);
    EXPECT_EQ(steps_at(0), "reclaim a");
    available(50);
    EXPECT_EQ(steps_at(1), "");
    available(5);
    EXPECT_EQ(steps_at(5), "kill a") << "a short pause is no end";
    available(50);
    for (int second = 6; second <= 11; ++second) EXPECT_EQ(steps_at(second), "");
    available(5);
    EXPECT_EQ(steps_at(12), "reclaim a") << "from the beginning";
}

TEST_F(PressureJudgeTest, PotsAreLookedAtWhenAllConditionsOfARuleAreBeyondTheirBounds) {
    rule().when = {{HostFigure::MemoryAvailable, false, 10, {}}, {HostFigure::SwapFree, false, 10, {}}};
    view.host[place_of(HostFigure::SwapFree)] = 0;  // as on every machine without swap
    available(50);
    EXPECT_FALSE(wants_pots(settings, view.host));
    available(5);
    EXPECT_TRUE(wants_pots(settings, view.host));
}

TEST_F(PressureJudgeTest, WhoWasFrozenGoesOnWhenItIsOver) {
    rule().then = {PressureAction::Freeze, PressureAction::Kill};
    view.pots = {load("a", 0, 500 * mega), load("users", 0, 100 * mega)};
    pot("users").is_paused = true;
    available(5);
    EXPECT_TRUE(wants_pots(settings, view.host));
    EXPECT_EQ(steps_at(0), "freeze a");
    pot("a").is_paused = true;
    pot("a").frozen_by = "short";
    available(50);
    EXPECT_FALSE(wants_pots(settings, view.host));
    EXPECT_EQ(steps_at(2), "") << "not before it has settled";
    EXPECT_EQ(steps_at(6), "");
    EXPECT_EQ(steps_at(7), "thaw a") << "and not the one that a user has paused";
}

TEST_F(PressureJudgeTest, WhomARuleHasFrozenThatIsThereNoMoreGoesOn) {
    view.pots = {load("a", 0, 500 * mega)};
    pot("a").is_paused = true;
    pot("a").frozen_by = "a rule of before potd was restarted";
    EXPECT_EQ(steps_at(0), "thaw a");
}

TEST_F(PressureJudgeTest, WhomARuleHasFrozenBeforePotdWasRestartedStaysSoWhileItHolds) {
    rule().then = {PressureAction::Freeze};
    view.pots = {load("a", 0, 500 * mega)};
    pot("a").is_paused = true;
    pot("a").frozen_by = "short";
    available(5);
    EXPECT_EQ(steps_at(0), "");
}

TEST_F(PressureJudgeTest, NoTwoPotsAreEndedWithinTheTimeToSettleByTwoRules) {
    settings.rules.push_back(rule());
    settings.rules[1].name = "other";
    settings.rules[1].settle = milliseconds(1000);
    view.pots = {load("a", 0, 500 * mega), load("b", 1, 500 * mega)};
    available(5);
    EXPECT_EQ(steps_at(0), "kill a");
    gone("a");
    EXPECT_EQ(steps_at(4), "") << "the rule that ended it has five seconds";
    EXPECT_EQ(steps_at(5), "kill b");
}

TEST_F(PressureJudgeTest, AMildStepOfOneRuleDoesNotKeepAnotherFromEnding) {
    rule().then = {PressureAction::Reclaim, PressureAction::Kill};
    settings.rules.push_back(
        {"gone", {{HostFigure::MemoryAvailable, false, 2, {}}}, {PressureAction::Kill}, milliseconds(1000)});
    view.pots = {load("a", 0, 500 * mega)};
    available(5);
    EXPECT_EQ(steps_at(0), "reclaim a");
    available(1);
    EXPECT_EQ(steps_at(1), "kill a");
}

TEST_F(PressureJudgeTest, CreatesAreRefusedAsLongAsTheRuleHolds) {
    settings.rules = {{"disk",
                       {{HostFigure::StateFree, false, 2, {}}},
                       {PressureAction::Warn, PressureAction::RefuseCreates},
                       milliseconds(2000)}};
    double& free = view.host[place_of(HostFigure::StateFree)].emplace(1);
    EXPECT_EQ(steps_at(0), "warn");
    EXPECT_EQ(at(1).refuse_creates, "");
    const PressureVerdict refusing = at(2);
    ASSERT_EQ(refusing.steps.size(), 1U);
    EXPECT_NE(refusing.refuse_creates.find("state_free < 2%"), std::string::npos);
    free = 3;
    EXPECT_NE(at(3).refuse_creates, "") << "until it has settled";
    EXPECT_EQ(at(5).refuse_creates, "");
}

TEST_F(PressureJudgeTest, OfProcessesTheOneWithMost) {
    settings.rules = {
        {"pids", {{HostFigure::PidsFree, false, 5, {}}}, {PressureAction::Kill}, milliseconds(1000)}};
    view.host[place_of(HostFigure::PidsFree)] = 1;
    view.pots = {load("large", 0, 900 * mega), load("bomb", 0, mega)};
    pot("bomb").pids = 3000;
    EXPECT_EQ(steps_at(0), "kill bomb");
}

TEST_F(PressureJudgeTest, AStepSaysWhatItIsBasedOn) {
    rule().when[0].lasting = milliseconds(1000);
    view.pots = {load("a", 0, 500 * mega), load("b", 1, 400 * mega)};
    available(5);
    EXPECT_EQ(steps_at(0), "");
    const PressureVerdict verdict = at(2);
    ASSERT_EQ(verdict.steps.size(), 1U);
    const PressureStep& step = verdict.steps[0];
    EXPECT_EQ(step.rule, "short");
    ASSERT_EQ(step.readings.size(), 1U);
    EXPECT_EQ(step.readings[0], (PressureReading{rule().when[0], 5, milliseconds(2000)}));
    ASSERT_TRUE(step.pot);
    EXPECT_EQ(step.pot->working_set, 500 * mega);
    ASSERT_EQ(step.next.size(), 1U);
    EXPECT_EQ(step.next[0].name, "b");
}

}  // namespace
}  // namespace potd::core
