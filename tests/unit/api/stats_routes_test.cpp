#include "tests/unit/api/routes_fixture.hpp"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>

namespace potd::test {
namespace {

class StatsRoutesTest : public RoutesFixture {};

TEST_F(StatsRoutesTest, CountsCpuBetweenTwoLooks) {
    create("a");
    expect_problem(call("GET", "/v1/pots/a/stats"), 409, "conflict");
    start("a");
    services.heart.clock.advance(core::milliseconds(1'000));
    services.meter.now.cpu_usage_ns = 500'000'000;
    services.meter.now.memory_current = 4096;
    const Json stats = json("/v1/pots/a/stats");
    EXPECT_EQ(stats["cpu"]["usage_ns"], 500'000'000);
    EXPECT_EQ(stats["memory"]["current"], 4096);
    for (const char* unknown : {"peak", "limit", "swap", "working_set", "kernel", "page_faults"})
        EXPECT_EQ(stats["memory"].at(unknown), nullptr) << unknown;
    services.heart.clock.advance(core::milliseconds(1'000));
    services.meter.now.cpu_usage_ns = 600'000'000;
    EXPECT_EQ(json("/v1/pots/a/stats")["cpu"]["percent"], 10.0);
}

TEST_F(StatsRoutesTest, ListsWhatAllThatRunUse) {
    for (const char* name : {"a", "b", "c", "d"}) create(name);
    for (const char* name : {"a", "c", "d"}) start(name);
    services.meter.now.memory_current = 4096;
    const Json first = json("/v1/stats?limit=2");
    ASSERT_EQ(first["items"].size(), 2U);
    EXPECT_EQ(first["items"][0]["name"], "a");
    EXPECT_EQ(first["items"][1]["name"], "c") << "b does not run";
    EXPECT_EQ(first["items"][1]["run"], 1);
    EXPECT_EQ(first["items"][1]["memory"]["current"], 4096);
    EXPECT_EQ(first["next"], "c");
    const Json second = json("/v1/stats?limit=2&after=c");
    ASSERT_EQ(second["items"].size(), 1U);
    EXPECT_EQ(second["items"][0]["name"], "d");
    EXPECT_EQ(second["next"], nullptr);
    expect_problem(call("GET", "/v1/stats?limit=0"), 422, "invalid_argument", "limit");
}

TEST_F(StatsRoutesTest, TellsWhatAPotHasUsedLately) {
    create("a");
    EXPECT_EQ(json("/v1/pots/a/stats/history"),
              Json({{"interval", "5s"}, {"items", Json::array()}, {"next", nullptr}}));
    start("a");
    services.meter.now.cpu_usage_ns = 0;
    services.figures.begin();
    for (std::int64_t n = 1; n < 30; ++n) {
        services.meter.now.cpu_usage_ns = n * 500'000'000;
        services.heart.timers.advance(core::milliseconds(5'000));
    }
    const Json all = json("/v1/pots/a/stats/history");
    ASSERT_EQ(all["items"].size(), 30U);
    EXPECT_EQ(all["next"], nullptr);
    EXPECT_EQ(all["items"][0]["cpu"]["percent"], nullptr);
    EXPECT_EQ(all["items"][29]["cpu"]["percent"], 10.0);
    EXPECT_EQ(all["items"][29]["run"], 1);
    Json paged = Json::array();
    std::string after;
    do {
        const Json page = json("/v1/pots/a/stats/history?limit=7" + after);
        for (const Json& item : page["items"]) paged.push_back(item);
        after = page["next"].is_null() ? "" : "&after=" + page["next"].get<std::string>();
    } while (!after.empty());
    EXPECT_EQ(paged, all["items"]) << "page by page it is the same";
    const std::string since = all["items"][20]["time"];
    EXPECT_EQ(json("/v1/pots/a/stats/history?since=" + since)["items"].size(), 10U);
    EXPECT_LE(json("/v1/pots/a/stats/history?step=1m")["items"].size(), 4U);
    for (const char* query : {"since=yesterday", "step=5", "step=-1s", "limit=0", "limit=1001", "after=x"})
        EXPECT_EQ(call("GET", "/v1/pots/a/stats/history?" + std::string(query)).status, 422) << query;
    expect_problem(call("GET", "/v1/pots/nobody/stats/history"), 404, "not_found");
}

TEST_F(StatsRoutesTest, TellsAllFiguresOfARun) {
    create("a");
    start("a");
    core::RunFigures& now = services.meter.now;
    now.cpu_user_ns = 7;
    now.cpu_system_ns = 8;
    now.cpu_periods = 9;
    now.cpu_throttled_periods = 10;
    now.memory_working_set = 11;
    now.memory_kernel = 12;
    now.page_faults = 13;
    now.major_page_faults = 14;
    now.io_reads = 15;
    now.io_writes = 16;
    now.memory_stall = core::Stall{1.5, 2.5, 3.5, 4.5, 17, 18};
    const Json stats = json("/v1/pots/a/stats");
    EXPECT_EQ(stats["cpu"]["user_ns"], 7);
    EXPECT_EQ(stats["cpu"]["system_ns"], 8);
    EXPECT_EQ(stats["cpu"]["periods"], 9);
    EXPECT_EQ(stats["cpu"]["throttled_periods"], 10);
    EXPECT_EQ(stats["memory"]["working_set"], 11);
    EXPECT_EQ(stats["memory"]["kernel"], 12);
    EXPECT_EQ(stats["memory"]["page_faults"], 13);
    EXPECT_EQ(stats["memory"]["major_page_faults"], 14);
    EXPECT_EQ(stats["io"]["reads"], 15);
    EXPECT_EQ(stats["io"]["writes"], 16);
    EXPECT_EQ(stats["pressure"]["memory"], Json({{"some_10", 1.5},
                                                 {"some_60", 2.5},
                                                 {"full_10", 3.5},
                                                 {"full_60", 4.5},
                                                 {"some_us", 17},
                                                 {"full_us", 18}}));
    EXPECT_EQ(stats["pressure"]["cpu"], nullptr);
}

TEST_F(StatsRoutesTest, SaysWhatWentOverTheNetwork) {
    create("a");
    start("a");
    const Json nothing = json("/v1/pots/a/stats")["network"];
    EXPECT_EQ(nothing["rx_bytes"], nullptr) << "on the host's network nobody counts it";
    EXPECT_EQ(nothing["connections"], nullptr);
    EXPECT_EQ(nothing["interfaces"], Json::array());
    const core::Traffic traffic{100, 200, 3, 4, 5, 6};
    services.meter.now.network = core::NetworkFigures{traffic, {{"eth0", traffic}}, 7};
    const Json figures{{"rx_bytes", 100}, {"tx_bytes", 200}, {"rx_packets", 3},
                       {"tx_packets", 4}, {"rx_dropped", 5}, {"tx_dropped", 6}};
    Json network = figures, interface = figures;
    interface["name"] = "eth0";
    network["connections"] = 7;
    network["interfaces"] = Json::array({interface});
    EXPECT_EQ(json("/v1/pots/a/stats")["network"], network);
}

TEST_F(StatsRoutesTest, StreamsStatsUntilTheRunEnds) {
    create("a");
    start("a");
    const auto client = http.connect();
    client->send(get("/v1/pots/a/stats?stream=true"));
    const auto lines = [&] { return std::count(client->received.begin(), client->received.end(), '}'); };
    ASSERT_TRUE(http.run_until(*client, [&] { return lines() == 7; }));
    services.heart.timers.advance(core::milliseconds(1'000));
    ASSERT_TRUE(http.run_until(*client, [&] { return lines() == 14; }));
    end_run("a");
    services.heart.timers.advance(core::milliseconds(1'000));
    EXPECT_TRUE(http.run_until(*client, [&] { return client->received.ends_with("0\r\n\r\n"); }));
}

TEST_F(StatsRoutesTest, ListsProcesses) {
    create("a");
    start("a");
    services.processes.rows = {{7, 1, "0", "sleep", 'S', 4096, 12, "sleep inf"},
                               {8, 1, "0", "nginx", 'S', 4096, 12, "nginx: worker"}};
    EXPECT_EQ(json("/v1/pots/a/processes")["items"][0]["command"], "sleep inf");
    EXPECT_EQ(json("/v1/pots/a/processes?pid=8")["items"][0]["name"], "nginx");
    EXPECT_EQ(json("/v1/pots/a/processes?pattern=%5Es.*p%24")["items"].size(), 1U);
    EXPECT_TRUE(json("/v1/pots/a/processes?pattern=nobody")["items"].empty());
    for (const char* query : {"pid=0", "pid=x", "pattern=", "pattern=%28", "pid=7&pattern=a", "name=a"})
        EXPECT_EQ(call("GET", "/v1/pots/a/processes?" + std::string(query)).status, 422) << query;
}

}  // namespace
}  // namespace potd::test
