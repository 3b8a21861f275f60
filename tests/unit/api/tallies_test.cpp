#include "api/metrics/event_tally.hpp"
#include "api/metrics/request_tally.hpp"
#include "api/metrics/work_tally.hpp"

#include <chrono>
#include <map>
#include <string>
#include <tuple>

#include <gtest/gtest.h>

namespace potd::api {
namespace {

using std::chrono::milliseconds;

class EventTallyTest : public ::testing::Test {
  protected:
    void tell(const std::string& type, const std::string& pot = {}, std::uint32_t run = 0,
              std::map<std::string, std::string> details = {}) {
        feed.publish({++number_, {}, type, pot, pot, run, std::move(details)});
    }

    core::EventFeed feed;
    std::chrono::steady_clock::time_point now;
    EventTally tally{feed, [this] { return now; }};

  private:
    std::uint64_t number_ = 0;
};

TEST_F(EventTallyTest, CountsLivesByWhatBeganAndEndedThem) {
    tell("pot.starting", "a", 1, {{"cause", "request"}});
    now += milliseconds(4);
    tell("pot.started", "a", 1);
    tell("pot.exited", "a", 1, {{"reason", "lost: the monitor died"}});
    tell("pot.starting", "a", 2, {{"cause", "restart"}});
    tell("pot.start_failed", "a", 2, {{"reason", "no such program"}});
    tell("pot.exited", "a", 2, {{"reason", "start failed: no such program"}});
    tell("pot.exited", "b", 2, {{"reason", "a word nobody knows"}});
    EXPECT_EQ(tally.starts_by_cause(),
              (EventTally::ByWord{{"request", 1}, {"restart", 1}, {"boot", 0}, {"dependency", 0}}));
    EXPECT_EQ(tally.exits_by_reason().at("lost"), 1U);
    EXPECT_EQ(tally.exits_by_reason().at("start_failed"), 1U);
    EXPECT_EQ(tally.exits_by_reason().at("other"), 1U);
    EXPECT_EQ(tally.exits_by_reason().at("oom"), 0U) << "told from the beginning";
    EXPECT_EQ(tally.start_seconds().count(), 1U);
    EXPECT_DOUBLE_EQ(tally.start_seconds().sum(), 0.004);
    EXPECT_EQ(tally.of("a").starts, 1U);
    EXPECT_EQ(tally.of("a").restarts, 1U);
    EXPECT_EQ(tally.by_type().at("pot.exited"), 3U);
}

TEST_F(EventTallyTest, ForgetsAPotThatIsGone) {
    tell("pot.starting", "a", 1, {{"cause", "restart"}});
    tell("pot.started", "a", 1);
    tell("pot.destroyed", "a");
    EXPECT_EQ(tally.of("a").starts, 0U);
    EXPECT_EQ(tally.by_type().at("pot.started"), 1U);
}

TEST_F(EventTallyTest, CountsEachKillForMemoryOnce) {
    tell("pot.starting", "a", 1, {{"cause", "request"}});
    tell("pot.oom", "a", 1, {{"kills", "2"}});
    tell("pot.oom", "a", 1, {{"kills", "3"}});
    tell("pot.oom", "a", 1, {{"kills", "3"}});
    EXPECT_EQ(tally.of("a").oom_kills, 3U);
    tell("pot.starting", "a", 2, {{"cause", "restart"}});
    tell("pot.oom", "a", 2, {{"kills", "1"}});
    EXPECT_EQ(tally.of("a").oom_kills, 4U);
    // A run that began under an earlier potd: what was before is not known to this one.
    tell("pot.oom", "b", 7, {{"kills", "9"}});
    EXPECT_EQ(tally.of("b").oom_kills, 1U);
    tell("pot.oom", "b", 7, {{"kills", "none"}});
    EXPECT_EQ(tally.oom_kills(), 5U);
}

TEST_F(EventTallyTest, BoundsTheSeriesOfPressure) {
    for (int i = 0; i < 1000; ++i)
        tell("pressure.acted", "a", 1, {{"rule", "rule-" + std::to_string(i)}, {"action", "kill"}});
    tell("pressure.would_act", "a", 1, {{"rule", "rule-0"}, {"action", "kill"}});
    EXPECT_LE(tally.pressure_steps().size(), 202U);
    EXPECT_EQ(tally.pressure_steps().at({"rule-0", "kill", "acted"}), 1U);
    EXPECT_EQ(tally.pressure_steps().at({"other", "kill", "acted"}), 800U);
}

TEST(RequestTallyTest, CountsByRouteAndBoundsWhatClientsChoose) {
    RequestTally tally(nullptr);
    const auto answered = [&](std::string_view method, std::string_view route, int status, int ms) {
        RequestRecord record;
        record.method = method;
        record.path = "/v1/pots/anything";
        record.route = route;
        record.status = status;
        record.until_answer = milliseconds(ms);
        tally.answered(record);
    };
    answered("GET", "/v1/pots/{name}", 200, 1);
    answered("GET", "/v1/pots/{name}", 404, 1);
    answered("GET", "/v1/pots/{name}", 404, 1);
    answered("GET", "/v1/pots/{name}/attach", 101, 5000);
    for (int i = 0; i < 100; ++i) answered("BREW" + std::to_string(i), "", 400, 0);
    std::map<std::string, std::uint64_t> found;
    std::map<std::string, std::uint64_t> timed;
    tally.each([&](std::string_view route, std::string_view method, const RequestTally::Series& series) {
        const std::string name = std::string(method) + " " + std::string(route);
        for (const auto& one : series.counts) found[name + " " + std::to_string(one.status)] = one.requests;
        timed[name] = series.seconds.count();
    });
    EXPECT_EQ(found, (std::map<std::string, std::uint64_t>{{"GET /v1/pots/{name} 200", 1},
                                                           {"GET /v1/pots/{name} 404", 2},
                                                           {"GET /v1/pots/{name}/attach 101", 1},
                                                           {"other other 400", 100}}));
    EXPECT_EQ(timed.at("GET /v1/pots/{name}"), 3U);
    EXPECT_EQ(timed.at("GET /v1/pots/{name}/attach"), 0U);
}

TEST(WorkTallyTest, TellsHowHooksEnded) {
    WorkTally tally;
    const auto ended = [&](const std::string& problem, std::optional<int> code = {}) {
        core::HookResult result;
        result.problem = problem;
        result.exit_code = code;
        tally.count(core::HookStage::Poststop, result, milliseconds(20));
    };
    ended("", 0);
    ended("exit code 3", 3);
    ended("timed out after 1s", 137);
    ended("killed by signal 9");
    ended("cancelled");
    const WorkTally::Series& series = tally.hooks().at(core::HookStage::Poststop);
    EXPECT_EQ(series.by_outcome,
              (std::map<std::string, std::uint64_t>{
                  {"ok", 1}, {"exit_code", 1}, {"timed_out", 1}, {"signal", 1}, {"failed", 1}}));
    EXPECT_EQ(series.seconds.count(), 5U);
}

TEST(WorkTallyTest, CountsOperationsAlsoWhenTheClockWentBack) {
    WorkTally tally;
    core::Operation operation;
    operation.kind = core::OperationKind::Clone;
    operation.state = core::OperationState::Failed;
    operation.created_at = {5000};
    operation.ended_at = core::WallTime{4000};
    tally.count(operation);
    const WorkTally::Series& series = tally.operations().at(core::OperationKind::Clone);
    EXPECT_EQ(series.by_outcome.at("failed"), 1U);
    EXPECT_DOUBLE_EQ(series.seconds.sum(), 0);
}

}  // namespace
}  // namespace potd::api
