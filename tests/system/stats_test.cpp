// What pots use, now and lately, looked at by a potd of its own every second.
#include "tests/system/fixture.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace potd::test {
namespace {

class StatsHistoryTest : public OwnPotdTest {
  protected:
    StatsHistoryTest() : OwnPotdTest(every_second()) {}
    void SetUp() override {
        OwnPotdTest::SetUp();
        if (!IsSkipped()) start_potd();
    }
    static PotdOptions every_second() {
        PotdOptions options;
        options.extra_config = "figures: {interval: 1s, kept: 10m}\n";
        return options;
    }
    void start_pot(const std::string& name, const std::string& script) {
        api().expect(201, "POST", "/v1/pots", {{"name", name}, {"base", "host"}, {"command", sh(script)}});
        api().start(name);
    }
    [[nodiscard]] Json history(const std::string& name, const std::string& query = "") const {
        return api().expect(200, "GET", "/v1/pots/" + name + "/stats/history" + query)["items"];
    }
    /// Between the first look and the last, in ns.
    static std::int64_t used_by(const Json& past) {
        return past.back()["cpu"]["usage_ns"].get<std::int64_t>() -
               past.front()["cpu"]["usage_ns"].get<std::int64_t>();
    }
    bool wait_for_looks(const std::string& name, std::size_t count) {
        return wait_until([&] { return history(name).size() >= count; });
    }
};

TEST_F(StatsHistoryTest, RemembersWhatABusyPotUsed) {
    start_pot("busy", "trap 'exit 0' TERM; while :; do :; done");
    ASSERT_TRUE(wait_until([&] { return history("busy").size() >= 4 && used_by(history("busy")) > 0; }));
    const Json past = history("busy");
    std::int64_t used = -1;
    for (const Json& look : past) {
        EXPECT_EQ(look["run"], 1);
        EXPECT_GE(look["cpu"]["usage_ns"], used);
        used = look["cpu"]["usage_ns"];
        // Of a pot that is starting: its jail is there before what runs in it.
        if (&look == &past.front() && look["pids"]["current"] == 0) continue;
        EXPECT_GT(look["memory"]["current"], 4096);
        EXPECT_GE(look["pids"]["current"], 1);
    }
    EXPECT_EQ(past[0]["cpu"]["percent"], nullptr);
    EXPECT_GE(past[2]["cpu"]["percent"], 0);
    const std::string since = past[2]["time"];
    EXPECT_EQ(history("busy", "?since=" + since)[0], past[2]);
    api().request("POST", "/v1/pots/busy/stop");
    api().start("busy");
    ASSERT_TRUE(wait_until([&] { return history("busy").back()["run"] == 2; }));
    EXPECT_EQ(history("busy")[0], past[0]) << "the run before is still there";
    const Outcome shown = potd.potctl({"stats", "--history", "busy", "--since", "10m"});
    EXPECT_EQ(shown.status, 0) << shown.describe();
    EXPECT_NE(shown.out.find("CPU%"), std::string::npos) << shown.out;
    EXPECT_GE(std::count(shown.out.begin(), shown.out.end(), '\n'), 5) << shown.out;
}

TEST_F(StatsHistoryTest, ListsAllThatRun) {
    for (const char* name : {"a", "b", "c"}) start_pot(name, "trap 'exit 0' TERM; sleep 1000 & wait");
    api().request("POST", "/v1/pots/b/stop");
    Json items;
    // The first look may be at one that nothing runs in yet.
    ASSERT_TRUE(wait_until([&] {
        items = api().expect(200, "GET", "/v1/stats")["items"];
        return items.size() == 2 && items[1]["memory"]["current"] > 4096;
    })) << items;
    EXPECT_EQ(items[0]["name"], "a");
    EXPECT_EQ(items[1]["name"], "c");
    const Outcome shown = potd.potctl({"stats", "--sort", "memory", "-q"});
    EXPECT_EQ(shown.status, 0) << shown.describe();
    EXPECT_TRUE(shown.out == "a\nc\n" || shown.out == "c\na\n") << shown.out;
}

TEST_F(StatsHistoryTest, AKilledPotdBeginsAnewAndThePotGoesOn) {
    start_pot("busy", "trap 'exit 0' TERM; while :; do :; done");
    ASSERT_TRUE(wait_for_looks("busy", 2));
    const std::int64_t used = history("busy").back()["cpu"]["usage_ns"];
    potd.kill9();
    potd.restart();
    ASSERT_TRUE(wait_for_looks("busy", 1));
    const Json first = history("busy")[0];
    EXPECT_EQ(first["run"], 1);
    EXPECT_GE(first["cpu"]["usage_ns"], used) << "counters are the run's";
    EXPECT_GT(used, 0);
}

TEST_F(StatsHistoryTest, RefusesWhatItDoesNotUnderstand) {
    start_pot("a", "trap 'exit 0' TERM; sleep 1000 & wait");
    const Outcome since = potd.potctl({"stats", "--history", "a", "--since", "yesterday"});
    EXPECT_EQ(since.status, 2) << since.describe();
    const Outcome step = potd.potctl({"stats", "--history", "a", "--step", "5"});
    EXPECT_EQ(step.status, 2) << step.describe();
    EXPECT_NE(step.err.find("step"), std::string::npos) << step.err;
    const Outcome nobody = potd.potctl({"stats", "--history", "nobody"});
    EXPECT_EQ(nobody.status, 3) << nobody.describe();
}

}  // namespace
}  // namespace potd::test
