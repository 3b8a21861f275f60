#include "core/pressure/judge.hpp"
#include "tests/support/histories.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

// Random hosts, rules and pots, with what a step does to them; the rules of the game are checked beside
// judge(), from its steps alone. POTD_PRESSURE_TRACES says how many.

namespace potd::core {
namespace {

constexpr std::int64_t trace_mega = 1 << 20;

class PressureTrace {
  public:
    explicit PressureTrace(std::uint32_t seed) : random_(seed) {
        make_rules();
        make_pots();
    }

    void run() {
        constexpr int most_moments = 30;
        for (int i = 0; i < most_moments && !::testing::Test::HasFailure(); ++i) {
            change_host();
            const PressureVerdict verdict = judge(settings_, memory_, view_);
            memory_ = verdict.memory;
            acted_now_.clear();
            for (const PressureStep& step : verdict.steps) check(step);
            for (const PressureStep& step : verdict.steps) apply(step);
            view_.at.ms += number(100, 4000);
        }
        check_thawing();
    }
    [[nodiscard]] int ends() const { return ends_; }
    [[nodiscard]] int thaws() const { return thaws_; }

  private:
    std::int64_t number(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
    }
    bool chance(int percent) { return number(1, 100) <= percent; }

    void make_rules() {
        constexpr HostFigure figures[] = {HostFigure::MemoryAvailable, HostFigure::SwapFree,
                                          HostFigure::PidsFree};
        const auto count = number(1, 3);
        for (std::int64_t i = 0; i < count; ++i) {
            PressureRule rule;
            rule.name = "rule" + std::to_string(i);
            rule.when = {{figures[number(0, 2)], false, static_cast<double>(number(10, 60)),
                          milliseconds(number(0, 2) * 1000)}};
            for (const auto action : {PressureAction::Warn, PressureAction::Reclaim, PressureAction::Freeze,
                                      PressureAction::Stop, PressureAction::Kill}) {
                const bool fits =
                    action != PressureAction::Reclaim || rule.resource() == PressedResource::Memory;
                if (fits && chance(50)) rule.then.push_back(action);
            }
            if (rule.then.empty()) rule.then = {PressureAction::Kill};
            rule.settle = milliseconds(number(1, 80) * 100);
            ASSERT_TRUE(check_rule(rule));
            settings_.rules.push_back(std::move(rule));
        }
    }

    void make_pots() {
        view_.memory_total = 1024 * trace_mega;
        const auto count = number(0, 6);
        for (std::int64_t i = 0; i < count; ++i) {
            PotLoad pot;
            pot.name = "pot" + std::to_string(i);
            pot.id = PotId{pot.name};
            pot.priority = static_cast<int>(number(-2, 2));
            pot.is_protected = chance(20);
            pot.is_paused = chance(10);
            pot.is_ending = chance(5);
            pot.working_set = number(0, 300) * trace_mega;
            pot.soft_limit = chance(50) ? number(0, 300) * trace_mega : 0;
            pot.pids = number(1, 100);
            view_.pots.push_back(std::move(pot));
        }
    }

    void change_host() {
        for (const HostFigure figure :
             {HostFigure::MemoryAvailable, HostFigure::SwapFree, HostFigure::PidsFree}) {
            if (chance(60)) view_.host[place_of(figure)] = static_cast<double>(number(0, 100));
        }
        for (PotLoad& pot : view_.pots) {
            pot.growth = number(-20, 20) * trace_mega;
            pot.working_set = std::max<std::int64_t>(0, pot.working_set + pot.growth);
        }
    }

    void check(const PressureStep& step) {
        if (!step.pot) return;
        const PotLoad& pot = *step.pot;
        if (step.what == PressureStep::What::Thaw) {
            EXPECT_TRUE(frozen_.contains(pot.name)) << "only whom it had frozen";
            return;
        }
        EXPECT_FALSE(pot.is_protected) << step.rule;
        const bool ends = step.action == PressureAction::Stop || step.action == PressureAction::Kill;
        if (ends) check_time(step);
        EXPECT_TRUE(acted_now_.insert(pot.name).second) << "two things at once are done to " << pot.name;
        for (const PotLoad& other : view_.pots) {
            if (other.priority >= pot.priority || acted_now_.contains(other.name)) continue;
            EXPECT_FALSE(could_give_way(other, step.rule))
                << pot.name << " of priority " << pot.priority << " gave way before " << other.name;
        }
        steps_of_[step.rule][pot.name].push_back(step.action);
    }

    void check_time(const PressureStep& step) {
        EXPECT_FALSE(view_.at < no_end_before_) << "two ends within the time to settle";
        const auto rule = std::find_if(settings_.rules.begin(), settings_.rules.end(),
                                       [&](const PressureRule& one) { return one.name == step.rule; });
        no_end_before_ = view_.at.plus(rule->settle);
        ++ends_;
    }

    /// It had not had the last step of the ladder yet, and could have.
    [[nodiscard]] bool could_give_way(const PotLoad& pot, const std::string& rule_name) const {
        const auto rule = std::find_if(settings_.rules.begin(), settings_.rules.end(),
                                       [&](const PressureRule& one) { return one.name == rule_name; });
        const bool pids = rule->resource() == PressedResource::Pids;
        const bool is_large =
            pids ? pot.pids >= settings_.least_pids : pot.working_set >= settings_.least_memory;
        if (pot.is_protected || !is_large || pot.is_ending) return false;
        const PressureAction last = rule->then.back();
        if (last == PressureAction::Freeze && pot.is_paused) return false;
        const auto of_rule = steps_of_.find(rule_name);
        if (of_rule == steps_of_.end() || !of_rule->second.contains(pot.name)) return true;
        const auto& had = of_rule->second.at(pot.name);
        return std::find(had.begin(), had.end(), last) == had.end();
    }

    void apply(const PressureStep& step) {
        if (!step.pot) return;
        const auto pot = std::find_if(view_.pots.begin(), view_.pots.end(),
                                      [&](const PotLoad& one) { return one.id == step.pot->id; });
        ASSERT_NE(pot, view_.pots.end());
        if (step.what == PressureStep::What::Thaw) {
            ++thaws_;
            frozen_.erase(pot->name);
            pot->frozen_by.clear();
            pot->is_paused = false;
        } else if (step.action == PressureAction::Freeze) {
            EXPECT_FALSE(pot->is_paused);
            frozen_.insert(pot->name);
            pot->frozen_by = step.rule;
            pot->is_paused = true;
        } else if (step.action == PressureAction::Stop) {
            frozen_.erase(pot->name);
            pot->frozen_by.clear();
            pot->is_paused = false;
            pot->is_ending = true;
        } else if (step.action == PressureAction::Kill && chance(90)) {
            frozen_.erase(pot->name);
            view_.pots.erase(pot);
        }
    }

    /// Once all is well, everybody whom it has frozen goes on.
    void check_thawing() {
        for (auto& figure : view_.host) figure = 100;
        for (int i = 0; i < 3; ++i) {
            view_.at.ms += 10'000;
            const PressureVerdict verdict = judge(settings_, memory_, view_);
            memory_ = verdict.memory;
            for (const PressureStep& step : verdict.steps) check(step);
            for (const PressureStep& step : verdict.steps) apply(step);
        }
        for (const PotLoad& pot : view_.pots)
            EXPECT_FALSE(pot.is_paused && frozen_.contains(pot.name)) << pot.name << " stands still for ever";
    }

    std::mt19937 random_;
    PressureSettings settings_;
    PressureMemory memory_;
    PressureView view_;
    SteadyTime no_end_before_{-1};
    std::map<std::string, std::map<std::string, std::vector<PressureAction>>> steps_of_;
    std::set<std::string> frozen_, acted_now_;
    int ends_ = 0, thaws_ = 0;
};

TEST(PressureTracesTest, TheRulesOfTheGameHoldInAll) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets it meanwhile
    const char* const asked = std::getenv("POTD_PRESSURE_TRACES");
    const unsigned long count =
        asked == nullptr ? test::histories(100'000) : std::strtoul(asked, nullptr, 10);
    int ends = 0, thaws = 0;
    for (unsigned long seed = 1; seed <= count; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        PressureTrace trace(static_cast<std::uint32_t>(seed));
        trace.run();
        ends += trace.ends();
        thaws += trace.thaws();
        if (HasFailure()) break;
    }
    EXPECT_GT(ends, static_cast<int>(count / 10)) << "they are to come to something";
    EXPECT_GT(thaws, static_cast<int>(count / 100));
}

}  // namespace
}  // namespace potd::core
