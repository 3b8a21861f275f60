#include "tests/unit/api/routes_fixture.hpp"

#include <gmock/gmock.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class FlavourRoutesTest : public RoutesFixture {
  protected:
    FlavourRoutesTest() {
        services.heart.exec.exec_error.reset();
        flavours().add("plain", "set-env -E A=1\n");
        flavours().add("script", {}, "x");
    }
    fakes::FakeFlavourFiles& flavours() { return services.heart.flavour_files; }
    static Json spec(const std::string& flavour) {
        return {{"name", "web"}, {"base", "host"}, {"flavours", {flavour}}};
    }
    /// Asked for a pot whose flavour's script runs: the operation.
    std::string begin() {
        const ParsedAnswer answer = call("POST", "/v1/pots", spec("script"), "Prefer: respond-async\r\n");
        EXPECT_EQ(answer.status, 202) << answer.body;
        return Json::parse(answer.body)["id"];
    }
    void end_script(int code) {
        services.heart.exec.end(0, code);
        services.heart.loop.run();
    }
};

TEST_F(FlavourRoutesTest, AreListed) {
    const Json plain{
        {"name", "plain"}, {"directory", "/flavours"}, {"has_commands", true}, {"has_script", false}};
    EXPECT_EQ(json("/v1/flavours")["items"].size(), 2U);
    EXPECT_EQ(json("/v1/flavours?limit=1")["next"], "plain");
    EXPECT_EQ(json("/v1/flavours?after=plain")["items"][0]["name"], "script");
    EXPECT_EQ(json("/v1/flavours/plain"), plain);
    expect_problem(call("GET", "/v1/flavours/none"), 404, "not_found");
}

TEST_F(FlavourRoutesTest, AreAppliedToANewPot) {
    const ParsedAnswer made = call("POST", "/v1/pots", spec("plain"));
    EXPECT_EQ(made.status, 201) << made.body;
    const Json pot = Json::parse(made.body);
    EXPECT_EQ(pot["spec"]["env"], (Json{{"A", "1"}}));
    EXPECT_EQ(pot["unfinished"], false);
    EXPECT_FALSE(pot["spec"].contains("flavours"));
    expect_problem(call("POST", "/v1/pots", Json{{"name", "x"}, {"base", "host"}, {"flavours", {"none"}}}),
                   404, "not_found");
    expect_problem(call("PATCH", "/v1/pots/web", Json{{"flavours", {"plain"}}}), 422, "invalid_argument",
                   "flavours");
    expect_problem(call("PATCH", "/v1/pots/web", Json{{"keep_on_failure", true}}), 422, "invalid_argument",
                   "keep_on_failure");
}

TEST_F(FlavourRoutesTest, OutputIsTextAndFollowed) {
    const std::string id = begin();
    EXPECT_EQ(json("/v1/pots/web")["unfinished"], true);
    EXPECT_EQ(json("/v1/operations/" + id)["can_cancel"], true);
    services.heart.exec.executions.at(0)->output(core::Stream::Stdout, "hello\n");
    const std::string output = "/v1/operations/" + id + "/output";
    const ParsedAnswer now = call("GET", output);
    EXPECT_EQ(now.header("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_THAT(now.body, HasSubstr("===> script script.sh\nhello\n"));
    end_script(0);
    EXPECT_THAT(call("GET", output + "?follow=true").body, HasSubstr("hello\n"));
    expect_problem(call("GET", "/v1/operations/none/output"), 404, "not_found");
    EXPECT_EQ(json("/v1/operations/" + id)["state"], "done");
    EXPECT_EQ(json("/v1/operations/" + id)["can_cancel"], false);
}

TEST_F(FlavourRoutesTest, AFailureIsTheOperations) {
    const std::string id = begin();
    end_script(2);
    const Json operation = json("/v1/operations/" + id);
    EXPECT_EQ(operation["state"], "failed");
    EXPECT_EQ(operation["error"]["field"], "flavours[0]");
    EXPECT_EQ(call("GET", "/v1/pots/web").status, 404);
}

TEST_F(FlavourRoutesTest, OfAClone) {
    create("source");
    const Json body{{"name", "twin"}, {"take_snapshot", true}, {"flavours", {"plain"}}};
    const ParsedAnswer made = call("POST", "/v1/pots/source/clone", body);
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(Json::parse(made.body)["spec"]["env"], (Json{{"A", "1"}}));
}

}  // namespace
}  // namespace potd::test
