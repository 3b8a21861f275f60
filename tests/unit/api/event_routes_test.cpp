#include "tests/unit/api/routes_fixture.hpp"

#include <string>

#include <gmock/gmock.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class EventRoutesTest : public RoutesFixture {};

TEST_F(EventRoutesTest, PagesThroughTheEvents) {
    create("a");
    create("b");
    const Json page = Json::parse(
        call("GET", "/v1/events?type=pot.&limit=1", nullptr, "Accept: application/json\r\n").body);
    EXPECT_EQ(page["items"][0]["type"], "pot.created");
    EXPECT_EQ(page["items"][0]["pot"], "a");
    const std::string next = page["next"];
    const Json rest = Json::parse(
        call("GET", "/v1/events?pot=b&after=" + next, nullptr, "Accept: application/json\r\n").body);
    EXPECT_EQ(rest["items"].size(), 1U);
    EXPECT_EQ(rest["next"], nullptr);
    expect_problem(call("GET", "/v1/events?since=x"), 422, "invalid_argument", "since");
}

TEST_F(EventRoutesTest, SaysWhichEventsAreGone) {
    for (const char* name : {"a", "b", "c"}) create(name);
    const auto ask = [&](const std::string& query) {
        return call("GET", "/v1/events" + query, nullptr, "Accept: application/json\r\n");
    };
    const std::uint64_t last = Json::parse(ask("").body)["items"].back()["number"];
    services.heart.journal.forget_events(last - 1);
    const ParsedAnswer gone = ask("?since=1");
    expect_problem(gone, 410, "events_not_kept", "since");
    EXPECT_EQ(Json::parse(gone.body)["first"], last);
    EXPECT_EQ(Json::parse(gone.body)["resume"], std::to_string(last - 1) + ".0");
    expect_problem(ask("?after=" + std::to_string(last + 1)), 410, "events_lost", "since");
    expect_problem(ask("?since=" + std::to_string(last) + ".7"), 410, "events_lost", "since");
    EXPECT_EQ(Json::parse(ask("?since=0").body)["items"].size(), 1U);
    EXPECT_EQ(Json::parse(ask("?since=" + std::to_string(last - 1)).body)["items"].size(), 1U);
    EXPECT_EQ(Json::parse(ask("?since=" + std::to_string(last) + ".0").body)["items"].size(), 0U);
    EXPECT_EQ(Json::parse(ask("").body)["epoch"], 0);
    expect_problem(ask("?since=1.x"), 422, "invalid_argument", "since");
}

TEST_F(EventRoutesTest, StreamsEventsFromWhereTheClientWas) {
    create("a");
    const auto client = http.connect();
    client->send(get("/v1/events?type=pot.created", "Last-Event-ID: 0\r\n"));
    ASSERT_TRUE(
        http.run_until(*client, [&] { return client->received.find("\"pot\":\"a\"") != std::string::npos; }));
    create("b");
    ASSERT_TRUE(
        http.run_until(*client, [&] { return client->received.find("\"pot\":\"b\"") != std::string::npos; }));
    EXPECT_THAT(client->received, HasSubstr("event: pot.created\ndata: {\"number\":"));
    EXPECT_THAT(client->received, HasSubstr("Content-Type: text/event-stream\r\n"));
}

}  // namespace
}  // namespace potd::test
