#include "core/service/pressure_watch.hpp"

#include "tests/fakes/fake_meter.hpp"
#include "tests/support/core_fixture.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

constexpr std::int64_t mib = 1 << 20;

class PressureWatchTest : public testing::Test, public fakes::CoreFixture {
  protected:
    PressureWatchTest() {
        install_base();
        options.settings.rules = {{"short",
                                   {{HostFigure::MemoryAvailable, false, 10, {}}},
                                   {PressureAction::Kill},
                                   milliseconds(5000)}};
        watch_anew();
    }
    /// As at a start of potd. Time goes on until it may end pots.
    void watch_anew() {
        watch.reset();
        watch = std::make_unique<PressureWatch>(
            PressureWatch::Ports{gauge, meter, *pots, *supervisor, journal, *feed, clock, timers,
                                 [this](const std::string& text) { complaints.push_back(text); }},
            options);
        const auto room = [this] { return watch->check_room(); };
        pots->set_room(room);
        volumes->set_room(room);
        bases->set_room(room);
        watch->begin();
        pass(10'000);
    }
    void rule_does(std::vector<PressureAction> steps) {
        options.settings.rules.front().then = std::move(steps);
        watch_anew();
    }
    void run_pot(const std::string& name, int priority, std::int64_t working_set,
                 RestartPolicy policy = RestartPolicy::No) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.oom.priority = priority;
        spec.restart.policy = policy;
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
        ASSERT_TRUE(start(name)->ok());
        meter.loads[pots->find(name)->id] = {working_set, 5};
    }
    void available(double percent) { gauge.set(HostFigure::MemoryAvailable, percent); }
    void pass(int ms) {
        constexpr int step = 500;
        for (; ms > 0; ms -= step) {
            timers.advance(milliseconds(step));
            loop.run();
        }
    }
    std::vector<Event> events(const std::string& type) const {
        std::vector<Event> found;
        for (const Event& event : journal.recorded().events) {
            if (event.type == type) found.push_back(event);
        }
        return found;
    }
    bool complained(const std::string& text) const {
        return std::any_of(complaints.begin(), complaints.end(),
                           [&](const std::string& one) { return one.find(text) != std::string::npos; });
    }

    fakes::FakeMeter meter;
    fakes::FakePressureGauge gauge;
    PressureWatch::Options options;
    std::unique_ptr<PressureWatch> watch;
};

TEST_F(PressureWatchTest, WhoGivesWayIsKilledAndItIsToldWhy) {
    run_pot("a", 0, 300 * mib);
    run_pot("b", 1, 300 * mib);
    available(5);
    pass(500);
    EXPECT_EQ(state("a"), PotState::Stopped);
    EXPECT_EQ(state("b"), PotState::Running);
    EXPECT_EQ(pots->find("a")->run->end->reason, "gave way");
    EXPECT_EQ(pots->find("a")->run->stop_cause, StopCause::Pressure);
    const auto acted = events("pressure.acted");
    ASSERT_EQ(acted.size(), 1U);
    EXPECT_EQ(acted[0].pot, "a");
    EXPECT_EQ(acted[0].run, 1U);
    EXPECT_EQ(acted[0].details.at("rule"), "short");
    EXPECT_EQ(acted[0].details.at("action"), "kill");
    EXPECT_EQ(acted[0].details.at("why"), "memory_available is 5 (memory_available < 10%)");
    EXPECT_EQ(acted[0].details.at("working_set"), std::to_string(300 * mib));
    EXPECT_EQ(acted[0].details.at("next"), "b (priority 1, 300M, 5 processes)");
    EXPECT_TRUE(complained("kill a, rule short")) << "the log says so, too";
}

TEST_F(PressureWatchTest, AtTheFirstLookGrowthCountsFromWhatOthersHaveSeen) {
    run_pot("slow", 0, 300 * mib);
    run_pot("fast", 0, 300 * mib);
    watch->set_earlier([this](const Pot& pot) -> std::optional<PressureWatch::Earlier> {
        const std::int64_t then = pot.spec.name == "fast" ? 100 * mib : 299 * mib;
        return PressureWatch::Earlier{1, then, SteadyTime{clock.steady().ms - 2'000}};
    });
    available(5);
    pass(500);
    EXPECT_EQ(state("fast"), PotState::Stopped);
    EXPECT_EQ(state("slow"), PotState::Running);
    EXPECT_EQ(events("pressure.acted").at(0).details.at("growth"), std::to_string(100 * mib));
}

TEST_F(PressureWatchTest, GrowthIsNeverMoreThanAFigureHolds) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    run_pot("vast", 0, most);
    watch->set_earlier([this](const Pot&) -> std::optional<PressureWatch::Earlier> {
        return PressureWatch::Earlier{1, 0, SteadyTime{clock.steady().ms - 1'000}};
    });
    available(5);
    pass(500);
    EXPECT_EQ(events("pressure.acted").at(0).details.at("growth"), std::to_string(most / 1'000));
}

TEST_F(PressureWatchTest, AfterwardsItsRestartPolicyDecides) {
    run_pot("a", 0, 300 * mib, RestartPolicy::OnFailure);
    available(5);
    timers.advance(milliseconds(500));
    loop.run();
    EXPECT_EQ(state("a"), PotState::Backoff);
}

TEST_F(PressureWatchTest, NobodyIsEndedRightAfterAStart) {
    options.settings.rules.push_back(
        {"warns", {{HostFigure::StateFree, false, 5, {}}}, {PressureAction::Warn}, milliseconds(3'600'000)});
    run_pot("a", 0, 300 * mib);
    available(5);
    watch->stop();
    watch = nullptr;
    watch = std::make_unique<PressureWatch>(
        PressureWatch::Ports{gauge, meter, *pots, *supervisor, journal, *feed, clock, timers,
                             [this](const std::string& text) { complaints.push_back(text); }},
        options);
    watch->begin();
    pass(4500);
    EXPECT_EQ(state("a"), PotState::Running);
    pass(1000);
    EXPECT_EQ(state("a"), PotState::Stopped);
}

TEST_F(PressureWatchTest, ADryRunOnlyTells) {
    options.dry_run = true;
    watch_anew();
    run_pot("a", 0, 300 * mib);
    available(5);
    pass(500);
    EXPECT_EQ(state("a"), PotState::Running);
    EXPECT_EQ(events("pressure.acted").size(), 0U);
    ASSERT_EQ(events("pressure.would_act").size(), 1U);
    EXPECT_EQ(events("pressure.would_act")[0].details.at("action"), "kill");
}

TEST_F(PressureWatchTest, AFrozenOneGoesOnWhenItIsOver) {
    rule_does({PressureAction::Freeze});
    run_pot("a", 0, 300 * mib);
    available(5);
    pass(500);
    EXPECT_EQ(state("a"), PotState::Paused);
    EXPECT_EQ(pots->find("a")->frozen_by, "short");
    available(50);
    pass(4500);
    EXPECT_EQ(state("a"), PotState::Paused) << "it has to settle first";
    pass(1500);
    EXPECT_EQ(state("a"), PotState::Running);
    EXPECT_EQ(events("pressure.acted").back().details.at("action"), "thaw");
}

TEST_F(PressureWatchTest, AFrozenOneGoesOnAlsoIfPotdDiedMeanwhile) {
    rule_does({PressureAction::Freeze});
    run_pot("a", 0, 300 * mib);
    available(5);
    pass(500);
    ASSERT_EQ(state("a"), PotState::Paused);
    watch.reset();
    crash();
    EXPECT_EQ(state("a"), PotState::Paused);
    available(50);
    watch_anew();
    EXPECT_EQ(state("a"), PotState::Running);
}

TEST_F(PressureWatchTest, ReclaimsWhatIsBeyondTheSoftLimit) {
    rule_does({PressureAction::Reclaim});
    run_pot("a", 0, 400 * mib);
    available(5);
    pass(500);
    ASSERT_EQ(gauge.reclaimed.size(), 1U);
    EXPECT_EQ(gauge.reclaimed[0].first, key("a"));
    EXPECT_EQ(gauge.reclaimed[0].second, 100 * mib) << "without one, a quarter";
    gauge.replies.at(0)(error(ErrorKind::Internal, "the kernel refused"));
    loop.run();
    ASSERT_EQ(events("pressure.failed").size(), 1U);
    EXPECT_EQ(events("pressure.failed")[0].details.at("problem"), "the kernel refused");
}

TEST_F(PressureWatchTest, NothingNewIsMadeWhileTheDiskIsFull) {
    options.settings.rules = {{"disk",
                               {{HostFigure::StateFree, false, 2, {}}},
                               {PressureAction::RefuseCreates},
                               milliseconds(1000)}};
    watch_anew();
    gauge.set(HostFigure::StateFree, 1);
    pass(500);
    const auto refused = *create("a");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::ResourceExhausted);
    EXPECT_NE(refused.error().message.find("state_free < 2%"), std::string::npos);
    EXPECT_FALSE(create_volume("v")->ok());
    EXPECT_FALSE(ask<Base>([&](auto reply) { bases->install({}, {}, reply); })->ok());
    gauge.set(HostFigure::StateFree, 50);
    pass(2000);
    EXPECT_TRUE(create("a")->ok());
}

TEST_F(PressureWatchTest, PrunesWhatIsMarkedForItAndOver) {
    options.settings.rules = {
        {"disk", {{HostFigure::StateFree, false, 5, {}}}, {PressureAction::Prune}, milliseconds(1000)}};
    watch_anew();
    for (const char* name : {"over", "kept", "up"}) run_pot(name, 0, mib);
    for (const char* name : {"over", "up"}) {
        PotPatch patch;
        patch.apply = [](PotSpec& spec) {
            spec.prunable = true;
            return Status();
        };
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->change(name, patch, reply); })->ok());
    }
    for (const char* name : {"over", "kept"}) ASSERT_TRUE(stop(name)->ok());
    gauge.set(HostFigure::StateFree, 1);
    pass(500);
    EXPECT_EQ(pots->find("over"), nullptr);
    EXPECT_NE(pots->find("kept"), nullptr);
    EXPECT_NE(pots->find("up"), nullptr);
}

TEST_F(PressureWatchTest, PotsAreReadOnlyWhenItMatters) {
    run_pot("a", 0, 300 * mib);
    pass(5000);
    EXPECT_EQ(meter.asked, 0);
    available(5);
    pass(500);
    EXPECT_EQ(meter.asked, 1);
}

TEST_F(PressureWatchTest, AFullDiskKeepsNobodyAlive) {
    run_pot("a", 0, 300 * mib);
    available(5);
    journal.fail_next(error(ErrorKind::ResourceExhausted, "the disk is full"));
    pass(500);
    EXPECT_TRUE(complained("kill a, rule short"));
    pass(1500);
    EXPECT_EQ(state("a"), PotState::Stopped);
}

TEST_F(PressureWatchTest, WhatCannotBeReadIsToldOnce) {
    gauge.error = error(ErrorKind::Internal, "no /proc");
    pass(2000);
    EXPECT_EQ(std::count(complaints.begin(), complaints.end(), "pressure: no /proc"), 1);
    gauge.error.reset();
    run_pot("a", 0, 300 * mib);
    available(5);
    pass(500);
    EXPECT_EQ(state("a"), PotState::Stopped);
}

TEST_F(PressureWatchTest, OtherRulesHoldAtOnce) {
    run_pot("a", 0, 300 * mib);
    available(15);
    pass(1000);
    ASSERT_EQ(state("a"), PotState::Running);
    options.settings.rules[0].when[0].bound = 20;
    watch->set_options(options);
    pass(500);
    EXPECT_EQ(state("a"), PotState::Stopped);
}

TEST_F(PressureWatchTest, SaysWhatARuleCannotDoHere) {
    gauge.cannot_reclaim = "no memory.reclaim";
    gauge.set(HostFigure::MemoryFull10, std::nullopt);
    options.settings.rules = {
        {"stalls", {{HostFigure::MemoryFull10, true, 40, {}}}, {PressureAction::Kill}, milliseconds(1000)},
        {"gone",
         {{HostFigure::MemoryAvailable, false, 5, {}}},
         {PressureAction::Reclaim, PressureAction::Kill},
         milliseconds(1000)}};
    watch_anew();
    const auto sentences = watch->shortcomings();
    ASSERT_EQ(sentences.size(), 2U);
    EXPECT_NE(sentences[0].find("stalls never holds here: nobody counts it"), std::string::npos);
    EXPECT_NE(sentences[1].find("gone reclaims nothing: no memory.reclaim"), std::string::npos);
}

}  // namespace
}  // namespace potd::core
