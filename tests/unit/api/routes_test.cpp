#include "tests/unit/api/routes_fixture.hpp"

#include <string>

#include <gmock/gmock.h>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class RoutesTest : public RoutesFixture {};

TEST_F(RoutesTest, CreatesAndShowsAPot) {
    const ParsedAnswer answer = call(
        "POST", "/v1/pots", {{"name", "web"}, {"base", "host"}, {"command", {"x"}}, {"env", {{"A", "1"}}}});
    EXPECT_EQ(answer.status, 201) << answer.body;
    EXPECT_EQ(answer.header("Location"), "/v1/pots/web");
    EXPECT_EQ(answer.header("ETag"), "\"1\"");
    const Json pot = json("/v1/pots/web");
    EXPECT_EQ(pot, Json::parse(answer.body));
    EXPECT_EQ(pot["state"], "created");
    EXPECT_EQ(pot["health"], "none");
    EXPECT_EQ(pot["run"], nullptr);
    EXPECT_EQ(pot["last_error"], nullptr);
    EXPECT_EQ(pot["spec"]["hostname"], "web");
    EXPECT_EQ(pot["spec"]["persistent"], false);
    EXPECT_EQ(pot["spec"]["env"], Json({{"A", "1"}}));
    EXPECT_EQ(json("/v1/pots/" + pot["id"].get<std::string>())["name"], "web");
}

TEST_F(RoutesTest, ShowsWhereAPotIsAndWhatIsNotEnforced) {
    services.heart.limiter.lacks = {{"limits.io_weight", "no bfq"}};
    const auto make = [&](const std::string& name, const Json& limits) {
        ASSERT_EQ(call("POST", "/v1/pots",
                       {{"name", name}, {"base", "host"}, {"command", {"x"}}, {"limits", limits}})
                      .status,
                  201);
        ASSERT_EQ(call("POST", "/v1/pots/" + name + "/start").status, 200);
    };
    make("a", {{"cpu_count", 2}, {"io_weight", 7}, {"best_effort", true}});
    make("b", {{"cpu_count", 2}});
    make("c", {{"cpuset", "0-1"}});
    EXPECT_EQ(json("/v1/pots/a")["cpus"], "0-1");
    EXPECT_EQ(json("/v1/pots/a")["not_enforced"],
              Json::parse(R"([{"field":"limits.io_weight","reason":"no bfq"}])"));
    EXPECT_EQ(json("/v1/pots/b")["not_enforced"], Json::array());
    EXPECT_EQ(json("/v1/pots/c")["cpus"], nullptr);
    const Json before = json("/v1/pots/a");
    ASSERT_EQ(call("POST", "/v1/pots/b/stop").status, 200);
    EXPECT_EQ(json("/v1/pots/a")["cpus"], "2-3") << "it was moved, and is the same version";
    EXPECT_EQ(json("/v1/pots/a")["version"], before["version"]);
    EXPECT_EQ(json("/v1/pots")["items"][0]["cpus"], "2-3");
}

TEST_F(RoutesTest, RefusesABadSpecWithTheField) {
    const auto bad = [&](const Json& patch) {
        Json spec{{"name", "a"}, {"base", "host"}};
        spec.merge_patch(patch);
        return call("POST", "/v1/pots", spec);
    };
    expect_problem(bad({{"colour", "red"}}), 422, "unknown_field", "colour");
    expect_problem(bad({{"command", "x"}}), 422, "invalid_argument", "command");
    expect_problem(bad({{"limits", {{"memory", "lots"}}}}), 422, "invalid_argument", "limits.memory");
    expect_problem(bad({{"ports", {1}}}), 422, "invalid_argument", "ports[0]");
    expect_problem(bad({{"name", "-a"}}), 422, "invalid_argument", "name");
    expect_problem(bad({{"base", "no-such"}}), 404, "not_found", "base");
    expect_problem(http.ask(with_body("POST", "/v1/pots", "{")), 400, "malformed");
    expect_problem(call("POST", "/v1/pots"), 400, "malformed");
    EXPECT_EQ(json("/v1/pots")["items"].size(), 0U);
}

TEST_F(RoutesTest, ListsInPagesAndByFilter) {
    for (const char* name : {"c", "a", "b"}) create(name, {{"labels", {{"team", name}}}});
    start("b");
    Json page = json("/v1/pots?limit=2");
    EXPECT_EQ(page["items"][0]["name"], "a");
    EXPECT_EQ(page["next"], "b");
    page = json("/v1/pots?limit=2&after=b");
    EXPECT_EQ(page["items"].size(), 1U);
    EXPECT_EQ(page["next"], nullptr);
    EXPECT_EQ(json("/v1/pots?state=running")["items"].size(), 1U);
    EXPECT_EQ(json("/v1/pots?label=team")["items"].size(), 3U);
    EXPECT_EQ(json("/v1/pots?label=team%3Dc")["items"][0]["name"], "c");
    expect_problem(call("GET", "/v1/pots?limit=0"), 422, "invalid_argument", "limit");
    expect_problem(call("GET", "/v1/pots?state=odd"), 422, "invalid_argument", "state");
    expect_problem(call("GET", "/v1/pots?colour=red"), 422, "unknown_parameter", "colour");
    expect_problem(call("GET", "/v1/pots?limit=%zz"), 400, "malformed", "query");
    expect_problem(call("GET", "/v1/pots?after=a%00b"), 422, "invalid_argument", "after");
    expect_problem(call("GET", "/v1/pots/a%00b"), 404, "not_found");
}

TEST_F(RoutesTest, AListShowsEveryChangeAtOnce) {
    create("a");
    EXPECT_EQ(json("/v1/pots")["items"][0]["state"], "created");
    EXPECT_EQ(json("/v1/pots")["items"][0]["state"], "created");
    start("a");
    EXPECT_EQ(json("/v1/pots")["items"][0]["state"], "running");
}

TEST_F(RoutesTest, ADryRunOfAChangeShowsThePotAsItWouldBe) {
    create("a", {{"env", {{"A", "1"}}}});
    const Json before = json("/v1/pots/a");
    const ParsedAnswer answer = call("PATCH", "/v1/pots/a?dry_run=true", {{"env", {{"B", "2"}}}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(Json::parse(answer.body)["spec"]["env"], Json({{"A", "1"}, {"B", "2"}}));
    EXPECT_EQ(Json::parse(answer.body)["version"], before["version"]);
    EXPECT_EQ(json("/v1/pots/a"), before);
    expect_problem(call("PATCH", "/v1/pots/a?dry_run=true", {{"base", "other"}}), 422, "invalid_argument",
                   "base");
    expect_problem(call("PATCH", "/v1/pots/a?dry_run=true", {{"user", "x"}}, "If-Match: \"9\"\r\n"), 412,
                   "precondition_failed", "If-Match");
    expect_problem(call("PATCH", "/v1/pots/a?dry_run=perhaps", {{"user", "x"}}), 422, "invalid_argument",
                   "dry_run");
}

TEST_F(RoutesTest, ADryRunOfANewPotMakesNone) {
    const auto dry = [&](const Json& spec) { return call("POST", "/v1/pots?dry_run=true", spec); };
    EXPECT_EQ(dry({{"name", "a"}, {"base", "host"}}).status, 204);
    EXPECT_EQ(json("/v1/pots")["items"], Json::array());
    expect_problem(dry({{"name", "a"}, {"base", "none"}}), 404, "not_found", "base");
    expect_problem(dry({{"name", "a"}, {"base", "host"}, {"comand", {"x"}}}), 422, "unknown_field", "comand");
    expect_problem(dry({{"name", "a"}, {"base", "host"}, {"depends_on", {"b"}}}), 422, "invalid_argument",
                   "depends_on[0]");
    expect_problem(dry({{"name", "a"}, {"parent", "b"}}), 422, "invalid_argument", "parent");
    create("a");
    expect_problem(dry({{"name", "a"}, {"base", "host"}}), 409, "conflict", "name");
    EXPECT_EQ(dry({{"name", "b"}, {"parent", "a"}}).status, 204);
}

TEST_F(RoutesTest, AWholeSpecTakesTheRestBack) {
    create("a", {{"env", {{"A", "1"}}}, {"user", "www"}, {"labels", {{"team", "x"}}}});
    const ParsedAnswer answer = call("PATCH", "/v1/pots/a?replace=true", {{"env", {{"B", "2"}}}});
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Json spec = json("/v1/pots/a")["spec"];
    EXPECT_EQ(spec["env"], Json({{"B", "2"}}));
    EXPECT_EQ(spec["user"], nullptr);
    EXPECT_EQ(spec["labels"], Json::object());
    EXPECT_EQ(spec["base"], "host");
    EXPECT_EQ(spec["hostname"], "a");
    expect_problem(call("PATCH", "/v1/pots/a?replace=true", {{"foo", nullptr}}), 422, "unknown_field", "foo");
}

TEST_F(RoutesTest, AWholeSpecThatIsThePresentOneChangesNothing) {
    create("a", {{"limits", {{"memory", "64M"}}}, {"restart", {{"policy", "always"}}}});
    const Json before = json("/v1/pots/a")["spec"];
    const ParsedAnswer answer = call("PATCH", "/v1/pots/a?replace=true&dry_run=true", before);
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(Json::parse(answer.body)["spec"], before);
}

TEST_F(RoutesTest, ChangesAPotByMergePatch) {
    create("a", {{"env", {{"A", "1"}, {"B", "2"}}}});
    const ParsedAnswer answer =
        call("PATCH", "/v1/pots/a", {{"env", {{"A", nullptr}}}, {"user", "www"}}, "If-Match: \"1\"\r\n");
    ASSERT_EQ(answer.status, 200) << answer.body;
    const Json spec = json("/v1/pots/a")["spec"];
    EXPECT_EQ(spec["env"], Json({{"B", "2"}}));
    EXPECT_EQ(spec["user"], "www");
    EXPECT_EQ(spec["command"], Json({"/bin/true"}));
    expect_problem(call("PATCH", "/v1/pots/a", {{"user", "x"}}, "If-Match: \"1\"\r\n"), 412,
                   "precondition_failed", "If-Match");
    expect_problem(call("PATCH", "/v1/pots/a", {{"foo", nullptr}}), 422, "unknown_field", "foo");
    expect_problem(call("PATCH", "/v1/pots/a", {{"name", "b"}}), 422, "invalid_argument", "name");
    expect_problem(call("PATCH", "/v1/pots/a", {{"limits", {{"memory", "x"}}}}), 422, "invalid_argument",
                   "limits.memory");
    EXPECT_EQ(
        http.ask(with_body("PATCH", "/v1/pots/a", R"({"user":null})", "application/merge-patch+json")).status,
        200);
    EXPECT_EQ(json("/v1/pots/a")["spec"]["user"], nullptr);
}

TEST_F(RoutesTest, RenamesAndDestroys) {
    create("a");
    EXPECT_EQ(call("POST", "/v1/pots/a/rename", {{"name", "b"}}).status, 200);
    expect_problem(call("GET", "/v1/pots/a"), 404, "not_found");
    start("b");
    expect_problem(call("DELETE", "/v1/pots/b"), 409, "conflict");
    EXPECT_EQ(call("DELETE", "/v1/pots/b?force=true").status, 204);
    expect_problem(call("DELETE", "/v1/pots/b"), 404, "not_found");
}

TEST_F(RoutesTest, AnswersTheLifeOfAPotWithThePot) {
    create("a", {{"command", Json::array()}});
    const auto act = [&](const std::string& verb, const Json& body = nullptr) {
        const ParsedAnswer answer = call("POST", "/v1/pots/a/" + verb, body);
        EXPECT_EQ(answer.status, 200) << verb << answer.body;
        return Json::parse(answer.body);
    };
    EXPECT_EQ(act("start")["state"], "running");
    EXPECT_EQ(act("pause")["state"], "paused");
    EXPECT_EQ(act("resume")["state"], "running");
    EXPECT_EQ(act("kill", {{"signal", "HUP"}, {"target", "all"}})["state"], "running");
    EXPECT_EQ(act("restart", {{"timeout", "1s"}})["run"]["number"], 2);
    const Json stopped = act("stop", {{"timeout", "5s"}, {"signal", "TERM"}});
    EXPECT_EQ(stopped["state"], "stopped");
    EXPECT_NE(stopped["run"]["ended_at"], nullptr);
    EXPECT_EQ(stopped["run"]["pid"], nullptr);
    expect_problem(call("POST", "/v1/pots/a/stop", {{"timeout", "5"}}), 422, "invalid_argument", "timeout");
    expect_problem(call("POST", "/v1/pots/a/kill", {{"signal", "X"}}), 422, "invalid_argument", "signal");
    expect_problem(call("POST", "/v1/pots/a/kill", {{"target", "X"}}), 422, "invalid_argument", "target");
    expect_problem(call("POST", "/v1/pots/a/kill"), 409, "conflict");
    expect_problem(call("POST", "/v1/pots/nobody/start"), 404, "not_found");
}

TEST_F(RoutesTest, SignalsTheProcessesThatAreMeant) {
    create("a");
    const auto kill = [&](const Json& body) { return call("POST", "/v1/pots/a/kill", body); };
    expect_problem(kill({{"pattern", "n"}}), 409, "conflict");
    start("a");
    services.processes.rows = {{7, 1, "0", "sleep", 'S', 0, 0, "sleep inf"},
                               {8, 1, "0", "nginx", 'S', 0, 0, "nginx: worker"},
                               {9, 1, "0", "nginx", 'S', 0, 0, "nginx: worker"}};
    const auto signalled = [&] { return services.heart.runtime.signalled; };
    EXPECT_EQ(kill({{"pattern", "^ng"}, {"signal", "HUP"}}).status, 200);
    EXPECT_EQ(signalled(), (std::vector<std::int32_t>{8, 9}));
    EXPECT_EQ(kill({{"pid", 7}, {"signal", "HUP"}}).status, 200);
    EXPECT_EQ(signalled(), (std::vector<std::int32_t>{7}));
    expect_problem(kill({{"pid", 1}}), 404, "not_found", "pid");
    expect_problem(kill({{"pattern", "redis"}}), 404, "not_found", "pattern");
    expect_problem(kill({{"pattern", "("}}), 422, "invalid_argument", "pattern");
    expect_problem(kill({{"pid", 7}, {"target", "all"}}), 422, "invalid_argument", "target");
    expect_problem(kill({{"pid", 7}, {"signal", "X"}}), 422, "invalid_argument", "signal");
}

TEST_F(RoutesTest, DoesNotSignalTheNextRunByNumbersOfTheOneBefore) {
    create("a");
    start("a");
    services.processes.rows = {{7, 1, "0", "sleep", 'S', 0, 0, "sleep inf"}};
    services.processes.holds_back = true;
    const auto client = http.connect();
    client->send(with_body("POST", "/v1/pots/a/kill", R"({"pid":7})"));
    ASSERT_TRUE(http.run_until(*client, [&] { return !services.processes.held.empty(); }));
    end_run("a");
    start("a");
    services.processes.held.front()(services.processes.rows);
    ASSERT_TRUE(http.run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    expect_problem(parse_answer(client->received), 404, "not_found", "pid");
    EXPECT_TRUE(services.heart.runtime.signalled.empty());
}

TEST_F(RoutesTest, ANameThatIsNoneIsNotFound) {
    expect_problem(call("GET", "/v1/pots/..%2f..%2fetc"), 404, "not_found");
    expect_problem(call("GET", "/v1/pots/%ff%fe"), 404, "not_found");
}

TEST_F(RoutesTest, WaitAnswersWithTheRecord) {
    create("a");
    start("a");
    const auto client = http.connect();
    client->send(get("/v1/pots/a/wait?for=stopped"));
    http.run_until(*client, [rounds = 0]() mutable { return ++rounds == 20; });
    EXPECT_EQ(client->received, "");
    end_run("a", 7);
    ASSERT_TRUE(http.run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    EXPECT_EQ(Json::parse(parse_answer(client->received).body)["exit_code"], 7);
    EXPECT_EQ(json("/v1/pots/a/wait")["exit_code"], 7);
}

TEST_F(RoutesTest, AWaitMayHaveAnEnd) {
    create("a");
    start("a");
    const auto client = http.connect();
    client->send(get("/v1/pots/a/wait?timeout=2s"));
    http.run_until(*client, [rounds = 0]() mutable { return ++rounds == 20; });
    services.heart.timers.advance(core::milliseconds(2'000));
    ASSERT_TRUE(http.run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    expect_problem(parse_answer(client->received), 504, "timeout");
    end_run("a");
    expect_problem(call("GET", "/v1/pots/a/wait?for=ever"), 422, "invalid_argument", "for");
}

TEST_F(RoutesTest, AVanishedWaiterIsForgotten) {
    create("a");
    start("a");
    const auto client = http.connect();
    client->send(get("/v1/pots/a/wait?timeout=1h"));
    http.run_until(*client, [rounds = 0]() mutable { return ++rounds == 20; });
    EXPECT_EQ(services.heart.timers.armed(), 1U);
    client->hang_up();
    const auto other = http.connect();
    EXPECT_TRUE(http.run_until(*other, [&] { return services.heart.timers.armed() == 0; }));
}

TEST_F(RoutesTest, ShowsTheHistoryOfRuns) {
    create("a");
    for (int code = 1; code <= 3; ++code) {
        start("a");
        end_run("a", code);
    }
    Json page = json("/v1/pots/a/runs?limit=2");
    EXPECT_EQ(page["items"][0]["exit_code"], 1);
    EXPECT_EQ(page["next"], "2");
    EXPECT_EQ(json("/v1/pots/a/runs?limit=2&after=2")["items"][0]["number"], 3);
    page = json("/v1/pots/a/runs?order=desc");
    EXPECT_EQ(page["items"][0]["number"], 3);
    EXPECT_EQ(page["next"], nullptr);
    EXPECT_EQ(json("/v1/pots/a/runs/2")["exit_code"], 2);
    expect_problem(call("GET", "/v1/pots/a/runs/9"), 404, "not_found");
    expect_problem(call("GET", "/v1/pots/a/runs/x"), 404, "not_found");
    expect_problem(call("GET", "/v1/pots/a/runs?order=odd"), 422, "invalid_argument", "order");
}

TEST_F(RoutesTest, PrintsLogsAsTextOrJson) {
    create("a");
    const auto fill = [&] {
        services.logs.lines = {{1'700'000'000'123'000'000, core::Stream::Stdout, true, "one"},
                               {1'700'000'000'123'000'000, core::Stream::Stdout, false, " line"},
                               {1'700'000'001'000'000'000, core::Stream::Stderr, false, "\xFF"}};
    };
    fill();
    const ParsedAnswer text =
        call("GET", "/v1/pots/a/logs?tail=5&stream=stdout&run=2&since=2026-01-31T12:00:00Z");
    EXPECT_EQ(text.body, "one line\n\xFF\n");
    EXPECT_EQ(services.logs.query.tail, 5U);
    EXPECT_EQ(services.logs.query.run, 2U);
    EXPECT_EQ(services.logs.query.stream, core::Stream::Stdout);
    fill();
    EXPECT_EQ(call("GET", "/v1/pots/a/logs?timestamps").body,
              "2023-11-14T22:13:20.123Z one line\n2023-11-14T22:13:21.000Z \xFF\n");
    fill();
    EXPECT_THAT(call("GET", "/v1/pots/a/logs", nullptr, "Accept: application/x-ndjson\r\n").body,
                HasSubstr(R"({"time":"2023-11-14T22:13:21.000Z","stream":"stderr","partial":false,"text":")"
                          "\xEF\xBF\xBD\"}\n"));
    expect_problem(call("GET", "/v1/pots/a/logs?stream=x"), 422, "invalid_argument", "stream");
    expect_problem(call("GET", "/v1/pots/a/logs?since=x"), 422, "invalid_argument", "since");
}

TEST_F(RoutesTest, FollowingEndsWithTheRun) {
    create("a");
    start("a");
    const auto client = http.connect();
    client->send(get("/v1/pots/a/logs?follow=true"));
    ASSERT_TRUE(http.run_until(*client, [&] { return static_cast<bool>(services.logs.waiting); }));
    services.logs.add({0, core::Stream::Stdout, false, "first"});
    ASSERT_TRUE(http.run_until(*client, [&] { return client->received.ends_with("6\r\nfirst\n\r\n"); }));
    end_run("a");
    ASSERT_TRUE(http.run_until(*client, [&] { return client->received.ends_with("0\r\n\r\n"); }));
    EXPECT_EQ(services.logs.cursors, 0);
}

TEST_F(RoutesTest, FollowingWhatDoesNotRunEndsAtOnce) {
    create("a");
    services.logs.lines = {{0, core::Stream::Stdout, false, "old"}};
    EXPECT_EQ(call("GET", "/v1/pots/a/logs?follow").body, "old\n");
}

TEST_F(RoutesTest, ExecAnswersWithTheResult) {
    create("a");
    start("a");
    const auto client = http.connect();
    client->send(with_body("POST", "/v1/pots/a/exec",
                           R"({"command":["cat"],"env":{"B":"1"},"user":"u","workdir":"/w","stdin":"in"})"));
    ASSERT_TRUE(
        http.run_until(*client, [&] { return services.exec.session && services.exec.session->done; }));
    EXPECT_EQ(services.exec.requests[0].user, "u");
    EXPECT_EQ(services.exec.session->input, "in");
    EXPECT_TRUE(services.exec.session->input_closed);
    services.exec.session->output(core::Stream::Stdout, "out\xFF");
    services.exec.session->output(core::Stream::Stderr, std::string((1 << 20) + 1, 'e'));
    services.exec.session->done({137, 9});
    ASSERT_TRUE(http.run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    const Json result = Json::parse(parse_answer(client->received).body);
    EXPECT_EQ(result["exit_code"], 137);
    EXPECT_EQ(result["signal"], 9);
    EXPECT_EQ(result["stdout"], "out\xEF\xBF\xBD");
    EXPECT_EQ(result["stderr"].get<std::string>().size(), 1U << 20U);
    EXPECT_EQ(result["truncated"], true);
    services.heart.timers.advance(core::milliseconds(0));
    EXPECT_TRUE(services.exec.session->gone);
}

TEST_F(RoutesTest, ExecThatTakesTooLongIsKilled) {
    create("a");
    start("a");
    const auto client = http.connect();
    client->send(with_body("POST", "/v1/pots/a/exec", R"({"command":["x"],"timeout":"1s"})"));
    ASSERT_TRUE(
        http.run_until(*client, [&] { return services.exec.session && services.exec.session->done; }));
    services.heart.timers.advance(core::milliseconds(1'000));
    ASSERT_TRUE(http.run_until(*client, [&] { return HttpFixture::is_whole(client->received); }));
    expect_problem(parse_answer(client->received), 504, "timeout");
    EXPECT_THAT(services.exec.session->calls, ::testing::ElementsAre("signal 9"));
    EXPECT_TRUE(services.exec.session->gone);
}

TEST_F(RoutesTest, ExecOfAVanishedClientIsKilled) {
    create("a");
    start("a");
    const auto client = http.connect();
    client->send(with_body("POST", "/v1/pots/a/exec", R"({"command":["x"]})"));
    ASSERT_TRUE(
        http.run_until(*client, [&] { return services.exec.session && services.exec.session->done; }));
    client->hang_up();
    const auto other = http.connect();
    EXPECT_TRUE(http.run_until(*other, [&] { return !services.exec.session->calls.empty(); }));
}

TEST_F(RoutesTest, ExecSaysWhyItCannot) {
    create("a");
    const auto exec = [&](const Json& body) { return call("POST", "/v1/pots/a/exec", body); };
    expect_problem(exec({{"command", {"x"}}}), 409, "conflict");
    start("a");
    expect_problem(exec({{"user", "x"}}), 422, "missing_field", "command");
    expect_problem(exec({{"command", Json::array()}}), 422, "invalid_argument", "command");
    expect_problem(exec({{"command", {"x"}}, {"workdir", "y"}}), 422, "invalid_argument", "workdir");
    expect_problem(exec({{"command", {"x"}}, {"terminal", true}}), 422, "invalid_argument", "terminal");
    services.exec.error = core::error(core::ErrorKind::NotFound, "x: no such command");
    expect_problem(exec({{"command", {"x"}}}), 404, "not_found");
    EXPECT_EQ(call("GET", "/v1/pots/a/exec").status, 426);
    EXPECT_EQ(call("GET", "/v1/pots/a/attach").header("Upgrade"), "websocket");
}

TEST_F(RoutesTest, InstallsListsAndRemovesBases) {
    EXPECT_EQ(json("/v1/bases")["items"][0]["name"], "host");
    const ParsedAnswer made = call("POST", "/v1/bases", {{"release", "bookworm"}});
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.header("Location"), "/v1/bases/bookworm");
    EXPECT_EQ(json("/v1/bases/bookworm")["source"], "release");
    EXPECT_EQ(json("/v1/bases/bookworm")["base_pot"], "base-bookworm");
    EXPECT_EQ(json("/v1/pots/base-bookworm")["spec"]["level"], 0);
    EXPECT_EQ(json("/v1/bases?limit=1")["next"], "bookworm");
    create("a");
    expect_problem(call("DELETE", "/v1/bases/host"), 409, "conflict");
    EXPECT_EQ(json("/v1/bases/host")["base_pot"], nullptr);
    EXPECT_EQ(json("/v1/bases/host")["pots"], Json({"a"}));
    start("base-bookworm");
    expect_problem(call("DELETE", "/v1/pots/base-bookworm?force=true"), 409, "conflict");
    expect_problem(call("DELETE", "/v1/bases/bookworm?force=perhaps"), 422, "invalid_argument", "force");
    expect_problem(call("DELETE", "/v1/bases/bookworm"), 409, "conflict");
    EXPECT_EQ(call("DELETE", "/v1/bases/bookworm?force=true").status, 204);
    expect_problem(call("GET", "/v1/pots/base-bookworm"), 404, "not_found");
    create("base-small");
    expect_problem(call("POST", "/v1/bases", {{"directory", "/x"}, {"name", "small"}, {"base_pot", true}}),
                   409, "conflict", "base_pot");
    EXPECT_EQ(call("POST", "/v1/bases", {{"release", "small"}, {"base_pot", false}}).status, 201);
    expect_problem(call("GET", "/v1/bases/bookworm"), 404, "not_found");
    expect_problem(call("POST", "/v1/bases", {{"name", "x"}}), 422, "invalid_argument", "host");
    expect_problem(call("POST", "/v1/bases", {{"host", true}, {"release", "y"}}), 422, "invalid_argument",
                   "host");
    expect_problem(call("POST", "/v1/bases", {{"host", true}, {"mirror", "y"}}), 422, "invalid_argument",
                   "mirror");
}

TEST_F(RoutesTest, MakesABaseOfAPot) {
    create("a");
    const ParsedAnswer made = call("POST", "/v1/bases", {{"name", "of-a"}, {"pot", "a"}});
    EXPECT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.header("Location"), "/v1/bases/of-a");
    EXPECT_EQ(json("/v1/bases/of-a")["source"], "pot");
    EXPECT_EQ(json("/v1/bases/of-a")["origin"], "a");
    const auto bad = [&](const Json& body) { return call("POST", "/v1/bases", body); };
    expect_problem(bad({{"pot", "a"}}), 422, "invalid_argument", "name");
    expect_problem(bad({{"name", "x"}, {"pot", "none"}}), 422, "invalid_argument", "pot");
    expect_problem(bad({{"name", "x"}, {"pot", "a"}, {"snapshot", "none"}}), 404, "not_found", "snapshot");
    expect_problem(bad({{"name", "x"}, {"host", true}, {"snapshot", "y"}}), 422, "invalid_argument",
                   "snapshot");
    expect_problem(bad({{"name", "x"}, {"pot", "a"}, {"host", true}}), 422, "invalid_argument", "host");
    start("a");
    expect_problem(bad({{"name", "x"}, {"pot", "a"}}), 409, "conflict", "pot");
}

}  // namespace
}  // namespace potd::test
