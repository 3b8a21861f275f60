#include "core/service/health_monitor.hpp"

#include "tests/support/core_fixture.hpp"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

class HealthMonitorTest : public testing::Test, public fakes::CoreFixture {
  protected:
    HealthMonitorTest() { install_base(); }
    void run_pot(const std::string& name, HealthSpec::Kind kind) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.health.kind = kind;
        spec.health.port = 80;
        spec.health.command = {"/bin/check"};
        spec.health.interval = milliseconds{1'000};
        spec.health.timeout = milliseconds{86'400'000};
        spec.health.retries = 1;
        ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
        ASSERT_TRUE(start(name)->ok());
    }
    void pass(int ms) {
        constexpr int step = 100;
        for (; ms > 0; ms -= step) {
            timers.advance(milliseconds(step));
            loop.run();
        }
    }
    bool was_probed(const std::string& name) {
        return std::find(prober.probed.begin(), prober.probed.end(), key(name)) != prober.probed.end();
    }
};

TEST_F(HealthMonitorTest, WhoNeverAnswersKeepsNobodyFromBeingLookedAt) {
    constexpr int at_once = 32;
    for (int i = 0; i < at_once; ++i) run_pot("hangs" + std::to_string(i), HealthSpec::Kind::Http);
    prober.hold = true;
    pass(1'100);
    ASSERT_EQ(prober.probed.size(), static_cast<std::size_t>(at_once));
    run_pot("late", HealthSpec::Kind::Http);
    pass(2'500);
    EXPECT_TRUE(was_probed("late"));
    EXPECT_EQ(prober.probed.size(), at_once + 1U) << "each of them once";
    prober.answer();
    loop.run();
    EXPECT_EQ(pots->find("hangs0")->health, Health::Healthy) << "a late answer counts";
}

TEST_F(HealthMonitorTest, OfALongReasonAnEventHasTheBeginning) {
    run_pot("web", HealthSpec::Kind::Http);
    std::string long_reason(511, 'x');
    long_reason += "é and more";
    prober.problem = error(ErrorKind::Unavailable, long_reason);
    pass(1'500);
    ASSERT_EQ(pots->find("web")->health, Health::Unhealthy);
    const std::string cut = std::string(511, 'x') + "…";
    EXPECT_EQ(pots->find("web")->last_error, "unhealthy: " + cut);
    const auto events = journal.recorded().events;
    const auto told = std::find_if(events.begin(), events.end(),
                                   [](const Event& one) { return one.type == "pot.unhealthy"; });
    ASSERT_NE(told, events.end());
    EXPECT_EQ(told->details.at("why"), cut);
    EXPECT_EQ(pots->health_checks(pots->find("web")->id).back().output, long_reason);
}

}  // namespace
}  // namespace potd::core
