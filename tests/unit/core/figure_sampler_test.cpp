#include "core/service/figure_sampler.hpp"

#include "tests/fakes/fake_meter.hpp"
#include "tests/support/core_fixture.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

class FigureSamplerTest : public testing::Test, public fakes::CoreFixture {
  protected:
    FigureSamplerTest() {
        install_base();
        meter.now.cpu_usage_ns = 0;
        meter.now.memory_current = 4096;
    }
    void begin(FigureSampler::Options options = {}) {
        sampler = std::make_unique<FigureSampler>(FigureSampler::Ports{meter, *pots, clock, timers}, options);
        sampler->begin();
    }
    void run_pot(const std::string& name) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
        ASSERT_TRUE(start(name)->ok());
    }
    void run_pots(int count) {
        for (int n = 0; n < count; ++n) run_pot("p" + std::to_string(n));
    }
    void end_run(const std::string& name) {
        runtime.exit(key(name), 0);
        loop.run();
    }
    void pass(int ms) {
        timers.advance(milliseconds(ms));
        loop.run();
    }
    [[nodiscard]] std::vector<FigureSampler::Moment> history(const std::string& name, WallTime since = {},
                                                             milliseconds step = {}) const {
        return sampler->history(pots->find(name)->id, since, step);
    }

    fakes::FakeMeter meter;
    std::unique_ptr<FigureSampler> sampler;
};

TEST_F(FigureSamplerTest, LooksAtEachPotThatRunsOnceInEachInterval) {
    run_pots(3);
    begin();
    EXPECT_EQ(meter.looked.size(), 3U);
    pass(4'999);
    EXPECT_EQ(meter.looked.size(), 3U);
    pass(1);
    EXPECT_EQ(meter.looked.size(), 6U);
    end_run("p1");
    pass(5'000);
    EXPECT_EQ(meter.looked.size(), 8U);
    EXPECT_EQ(sampler->latest(*pots->find("p1")), nullptr) << "it does not run";
    EXPECT_NE(sampler->latest(*pots->find("p2")), nullptr);
}

TEST_F(FigureSamplerTest, ManyPotsAreLookedAtAFewAtATime) {
    constexpr int many = 45;
    run_pots(many);
    begin();
    EXPECT_EQ(meter.looked.size(), FigureSampler::at_a_time);
    for (int ms = 0; ms < 4'999; ++ms) {
        const std::size_t before = meter.looked.size();
        pass(1);
        ASSERT_LE(meter.looked.size(), before + FigureSampler::at_a_time) << ms;
    }
    EXPECT_EQ(meter.looked.size(), static_cast<std::size_t>(many));
    std::sort(meter.looked.begin(), meter.looked.end());
    EXPECT_EQ(std::unique(meter.looked.begin(), meter.looked.end()), meter.looked.end())
        << "each of them once";
}

TEST_F(FigureSamplerTest, SaysHowMuchOfACpuItUsedLately) {
    run_pot("a");
    clock.set_wall({pots->find("a")->run->started_at->ms + 1'000});
    meter.now.cpu_usage_ns = 500'000'000;
    begin();
    EXPECT_EQ(sampler->latest(*pots->find("a"))->cpu_percent, 50) << "since its start";
    meter.now.cpu_usage_ns = 1'000'000'000;
    pass(5'000);
    EXPECT_EQ(sampler->latest(*pots->find("a"))->cpu_percent, 10);
    meter.now.cpu_usage_ns = 2'000'000'000;
    pass(1'000);
    EXPECT_EQ(sampler->read(*pots->find("a"))->cpu_percent, 100);
    pass(10);
    EXPECT_EQ(sampler->read(*pots->find("a"))->cpu_percent, 99.01) << "not of the last 10 ms alone";
}

TEST_F(FigureSamplerTest, RemembersOneRunAfterTheOther) {
    run_pot("a");
    begin();
    meter.now.cpu_usage_ns = 1'000'000'000;
    pass(5'000);
    end_run("a");
    pass(5'000);
    meter.now.cpu_usage_ns = 100;
    ASSERT_TRUE(start("a")->ok());
    pass(5'000);
    const auto moments = history("a");
    ASSERT_EQ(moments.size(), 3U);
    EXPECT_FALSE(moments[0].cpu_percent);
    EXPECT_EQ(moments[1].cpu_percent, 20);
    EXPECT_EQ(moments[2].point.run, 2U);
    EXPECT_FALSE(moments[2].cpu_percent) << "its first";
    EXPECT_EQ(moments[1].time.ms - moments[0].time.ms, 5'000);
    EXPECT_EQ(history("a", moments[1].time).size(), 2U);
    EXPECT_EQ(history("a", moments[1].time)[0].cpu_percent, 20) << "though the one before is not asked for";
}

TEST_F(FigureSamplerTest, TakesTheLastOfEachStep) {
    run_pot("a");
    begin();
    for (std::int64_t n = 1; n <= 48; ++n) {
        meter.now.cpu_usage_ns = n * 50'000'000;
        pass(5'000);
    }
    const auto moments = history("a", {}, milliseconds(60'000));
    ASSERT_GE(moments.size(), 4U);
    ASSERT_LE(moments.size(), 5U);
    for (std::size_t n = 1; n < moments.size(); ++n) {
        EXPECT_EQ(moments[n].cpu_percent, 1) << "of the whole step";
        EXPECT_NE(moments[n].time.ms / 60'000, moments[n - 1].time.ms / 60'000);
    }
}

TEST_F(FigureSamplerTest, WhatIsOldIsForgotten) {
    run_pot("a");
    begin({milliseconds(1'000), milliseconds(60'000), 1 << 20});
    for (int n = 0; n < 600; ++n) pass(1'000);
    EXPECT_GE(history("a").size(), 60U);
    EXPECT_LE(history("a").size(), 61U) << "no more than was asked for, though a whole block is kept";
    EXPECT_GT(sampler->bytes(), 0U);
}

TEST_F(FigureSamplerTest, TakesNoMoreMemoryThanItMay) {
    run_pots(8);
    begin({milliseconds(1'000), milliseconds(3'600'000), 20'000});
    for (std::int64_t n = 0; n < 1'000; ++n) {
        meter.now.cpu_usage_ns = n * 1'234'567;
        meter.now.memory_current = 4096 * (n % 1'000);
        pass(1'000);
        ASSERT_LE(sampler->bytes(), 20'000U + 8 * 400) << "but for the round that is under way";
    }
    EXPECT_GE(history("p0").size(), 100U);
    EXPECT_EQ(history("p0").size(), history("p7").size()) << "the oldest of all, not all of some";
}

TEST_F(FigureSamplerTest, OfPotsThatAreGoneNothingIsKept) {
    run_pot("a");
    begin();
    end_run("a");
    ASSERT_TRUE(ask<void>([&](auto reply) { pots->destroy("a", false, reply); })->ok());
    pass(5'000);
    EXPECT_EQ(sampler->bytes(), 0U);
}

TEST_F(FigureSamplerTest, OneThatCannotBeReadIsLeftOut) {
    run_pots(2);
    meter.gone.insert(pots->find("p0")->id);
    begin();
    EXPECT_EQ(sampler->latest(*pots->find("p0")), nullptr);
    EXPECT_NE(sampler->latest(*pots->find("p1")), nullptr);
    EXPECT_EQ(sampler->read(*pots->find("p0")).error().kind, ErrorKind::NotFound);
}

TEST_F(FigureSamplerTest, TheClockMayBeSet) {
    run_pot("a");
    begin();
    pass(5'000);
    clock.set_wall({1'600'000'000'000});
    pass(5'000);
    const auto moments = history("a");
    ASSERT_EQ(moments.size(), 3U);
    EXPECT_EQ(moments[2].time, clock.wall());
    EXPECT_EQ(moments[1].time.ms, clock.wall().ms - 5'000) << "in order, by the clock of now";
}

TEST_F(FigureSamplerTest, ReadsTheOldestAnewAFewAtATime) {
    run_pots(15);
    begin();
    pass(4'900);  // all were looked at
    meter.looked.clear();
    const auto all = pots->list("", 100);
    sampler->refresh(all, milliseconds(1'000));
    EXPECT_EQ(meter.looked.size(), FigureSampler::at_a_time);
    sampler->refresh(all, milliseconds(1'000));
    EXPECT_EQ(meter.looked.size(), 15U);
    sampler->refresh(all, milliseconds(1'000));
    EXPECT_EQ(meter.looked.size(), 15U) << "all are fresh";
    EXPECT_EQ(history("p0").size(), 1U) << "what somebody asks for is not what is remembered";
}

TEST_F(FigureSamplerTest, WhatSeldomChangesIsReadOnceAMinute) {
    run_pot("a");
    meter.now.memory_limit = 1 << 20;
    meter.now.memory_peak = 5'000;
    begin();
    EXPECT_EQ(meter.whole, 1);
    meter.now.memory_limit = 2 << 20;
    meter.now.memory_current = 6'000;
    for (int n = 0; n < 11; ++n) pass(5'000);
    EXPECT_EQ(meter.whole, 1);
    const RunFigures& latest = sampler->latest(*pots->find("a"))->figures;
    EXPECT_EQ(latest.memory_limit, 1 << 20) << "it is known from before";
    EXPECT_EQ(latest.memory_current, 6'000);
    EXPECT_EQ(latest.memory_peak, 6'000) << "not less than what was seen since";
    EXPECT_EQ(latest.memory_kernel, std::nullopt) << "nobody counts it";
    EXPECT_EQ(history("a").size(), 12U);
    pass(5'000);
    EXPECT_EQ(meter.whole, 2);
    EXPECT_EQ(sampler->latest(*pots->find("a"))->figures.memory_limit, 2 << 20);
}

TEST_F(FigureSamplerTest, WhoAsksForOneGetsAllAsItIs) {
    run_pot("a");
    begin();
    meter.now.memory_peak = 9'000;
    pass(5'000);
    EXPECT_EQ(sampler->read(*pots->find("a"))->figures.memory_peak, 9'000);
    meter.now.memory_peak = 10'000;
    pass(5'000);
    sampler->refresh(pots->list("", 1), milliseconds(0));
    EXPECT_EQ(sampler->latest(*pots->find("a"))->figures.memory_peak, 10'000);
}

TEST_F(FigureSamplerTest, APotThatWasChangedIsReadWhole) {
    run_pot("a");
    begin();
    meter.now.memory_limit = 2 << 20;
    const PotPatch patch{[](PotSpec& spec) {
                             spec.limits.memory = 2 << 20;
                             return Status{};
                         },
                         {}};
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->change("a", patch, reply); })->ok());
    pass(5'000);
    EXPECT_EQ(sampler->latest(*pots->find("a"))->figures.memory_limit, 2 << 20);
    meter.now.memory_limit = 3 << 20;
    end_run("a");
    ASSERT_TRUE(start("a")->ok());
    pass(5'000);
    EXPECT_EQ(sampler->latest(*pots->find("a"))->figures.memory_limit, 3 << 20) << "a new run";
}

TEST_F(FigureSamplerTest, StoppedItAsksNobody) {
    run_pots(1);
    begin();
    sampler->stop();
    pass(60'000);
    EXPECT_EQ(meter.looked.size(), 1U);
}

TEST_F(FigureSamplerTest, OtherOptionsHoldAtOnce) {
    run_pots(1);
    begin();
    sampler->set_options({milliseconds(1'000), milliseconds(0), 1 << 20});
    const auto before = history("p0").size();
    pass(5'000);
    EXPECT_EQ(meter.looked.size(), 7U);
    EXPECT_LE(history("p0").size(), before) << "nothing is remembered any more";
}

}  // namespace
}  // namespace potd::core
