#include "tests/unit/api/routes_fixture.hpp"

#include <unistd.h>

namespace potd::test {
namespace {

std::string own_page_of(const std::string& host) {
    return "Host: " + host + "\r\nOrigin: http://" + host + "\r\n";
}

/// What somebody at the socket is given is what the test says.
class DoorTest : public RoutesFixture {
  protected:
    void be(const std::string& grant, std::initializer_list<core::HostReach> policy = {}) {
        api::AccessRules rules;
        rules.users[::getuid()] = *core::grant_from(grant, "grant");
        for (const core::HostReach one : policy) rules.developers.set(static_cast<std::size_t>(one));
        services.routes().set_access(std::move(rules));
    }
    static Json spec(const std::string& name, const Json& more = Json::object()) {
        Json body{
            {"name", name}, {"base", "host"}, {"command", {"/bin/true"}}, {"network", {{"type", "none"}}}};
        body.update(more);
        return body;
    }
    void make(const std::string& name, Json more = Json::object()) {
        const ParsedAnswer answer = call("POST", "/v1/pots", spec(name, std::move(more)));
        ASSERT_EQ(answer.status, 201) << answer.body;
    }
    void make_two_teams() {
        make("web1", {{"labels", {{"team", "web"}}}});
        make("db1", {{"labels", {{"team", "db"}}}});
    }
    std::vector<std::string> names(const std::string& path, const std::string& field = "name") {
        std::vector<std::string> all;
        const Json list = json(path);
        for (const Json& item : list["items"]) all.push_back(item.value(field, ""));
        return all;
    }
};

using Names = std::vector<std::string>;

TEST_F(DoorTest, SaysWhichRoleIsNeeded) {
    be("viewer");
    const ParsedAnswer answer = call("POST", "/v1/pots", spec("a"));
    expect_problem(answer, 403, "permission_denied");
    EXPECT_NE(Json::parse(answer.body)["detail"].get<std::string>().find("needs the role developer"),
              std::string::npos);
    EXPECT_EQ(call("GET", "/v1/pots").status, 200);
}

TEST_F(DoorTest, GivesGroupsTheirHighestRoleUnlessTheUserHasHisOwn) {
    api::AccessRules rules;
    rules.groups[::getgid()] = *core::grant_from("operator", "");
    services.routes().set_access(rules);
    EXPECT_EQ(call("GET", "/v1/pots").status, 200);
    expect_problem(call("POST", "/v1/pots", spec("a")), 403, "permission_denied");
    rules.users[::getuid()] = *core::grant_from("developer", "");
    services.routes().set_access(rules);
    EXPECT_EQ(call("POST", "/v1/pots", spec("a")).status, 201);
    services.routes().set_access({});
    const ParsedAnswer answer = call("GET", "/v1/pots");
    expect_problem(answer, 403, "permission_denied");
    EXPECT_NE(answer.body.find("uid " + std::to_string(::getuid()) + " has no role"), std::string::npos);
}

TEST_F(DoorTest, EndsWhatIsOpenByARoleThatWasTakenAway) {
    be("developer");
    make("p0");
    const auto stream = [&] {
        auto client = http.connect();
        client->send(get("/v1/events?type=pot.created", "Last-Event-ID: 0\r\n"));
        EXPECT_TRUE(http.run_until(
            *client, [&] { return client->received.find("event: pot.created") != std::string::npos; }));
        return client;
    };
    int made = 0;
    const auto is_open = [&](RawClient& client, const std::string& grant) {
        be(grant);
        http.timers.advance(core::milliseconds(1000));
        be("admin");
        const std::string name = "p" + std::to_string(++made);
        make(name);
        EXPECT_TRUE(http.run_until(client, [&] {
            return client.ended || client.received.find("\"" + name + "\"") != std::string::npos;
        }));
        return !client.ended;
    };
    const auto client = stream();
    EXPECT_TRUE(is_open(*client, "developer"));
    EXPECT_TRUE(is_open(*client, "admin")) << "who has more keeps what he has open";
    EXPECT_TRUE(is_open(*client, "developer"));
    EXPECT_FALSE(is_open(*client, "operator"));
    be("developer");
    EXPECT_FALSE(is_open(*stream(), "admin team=web"));
}

TEST_F(DoorTest, LetsNoPageOfAnotherSiteInByTheRightsOfWhoOpenedIt) {
    be("admin");
    make("a");
    const auto ask = [&](const std::string& method, const std::string& path, const std::string& headers) {
        const ParsedAnswer answer =
            http.ask(method + " " + path + " HTTP/1.1\r\nContent-Length: 0\r\n" + headers + "\r\n");
        if (answer.status == 403)
            expect_problem(answer, 403, "permission_denied",
                           answer.body.find("Host: exp") == std::string::npos ? "Origin" : "Host");
        return answer.status;
    };
    const std::string forwarded = "Host: localhost:8080\r\n";
    for (const std::string origin : {"http://evil.example", "http://localhost:8081",
                                     "https://localhost:8080.evil.example", "null", ""}) {
        const std::string headers = std::string(forwarded).append("Origin: ").append(origin).append("\r\n");
        EXPECT_EQ(ask("POST", "/v1/pots/a/start", headers), 403) << origin;
        EXPECT_EQ(ask("GET", "/v1/pots/a/exec?command=sh",
                      headers + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"),
                  403)
            << origin;
    }
    EXPECT_EQ(json("/v1/pots/a")["state"], "created");
    EXPECT_EQ(ask("GET", "/v1/pots", forwarded + "Origin: http://localhost:8080\r\n"), 200) << "its own page";
    for (const std::string host : {"evil.example", "evil.example:8080", "Evil.Example.:80", "1.2.3.example",
                                   "a~b.evil.example", "a!.evil.example", "(a,b).evil.example"})
        EXPECT_EQ(ask("GET", "/v1/pots", own_page_of(host)), 403) << host;
    EXPECT_EQ(ask("GET", "http://evil.example/v1/pots", forwarded), 403) << "the target counts";
    for (const std::string host : {"potd", "localhost:8080", "a.localhost", "127.0.0.1:8080", "[::1]:8080",
                                   "%2Frun%2Fpotd%2Fpotd.sock", "10.0.0.1"})
        EXPECT_EQ(ask("GET", "/v1/pots", "Host: " + host + "\r\n"), 200) << host;
}

TEST_F(DoorTest, ShowsOnlyPotsThatMatch) {
    make_two_teams();
    start("web1");
    start("db1");
    be("viewer team=web");
    EXPECT_EQ(names("/v1/pots"), Names{"web1"});
    EXPECT_EQ(names("/v1/stats"), Names{"web1"});
    expect_problem(call("GET", "/v1/pots/db1"), 404, "not_found");
    const std::string metrics = call("GET", "/metrics").body;
    EXPECT_NE(metrics.find("{pot=\"web1\"}"), std::string::npos);
    EXPECT_EQ(metrics.find("db1"), std::string::npos);
    EXPECT_EQ(metrics.find("potd_pots"), std::string::npos);
    const Json bases = json("/v1/bases");
    for (const Json& base : bases["items"]) EXPECT_EQ(base["pots"], Json({"web1"})) << base;
    expect_problem(call("GET", "/v1/fscomps"), 403, "permission_denied");
}

TEST_F(DoorTest, NamesNoPotThatIsOutOfReach) {
    make_two_teams();
    const Json bridged{{"network", {{"type", "public-bridge"}}}};
    Json web = bridged, db = bridged;
    web["labels"] = {{"team", "web"}};
    db["labels"] = {{"team", "db"}};
    db["ports"] = {"80:8080"};
    make("db-front", db);
    make("web2", web);
    ASSERT_EQ(call("POST", "/v1/bases", {{"name", "of-db"}, {"pot", "db1"}}).status, 201);
    ASSERT_EQ(call("POST", "/v1/bases", {{"name", "of-web"}, {"pot", "web1"}}).status, 201);
    const Json clash{{"ports", {"80:8080"}}};
    EXPECT_NE(call("PATCH", "/v1/pots/web2", clash).body.find("pot db-front"), std::string::npos);
    be("developer team=web");
    const ParsedAnswer refused = call("PATCH", "/v1/pots/web2", clash);
    expect_problem(refused, 409, "conflict", "ports[0].host");
    EXPECT_NE(refused.body.find("is published by another pot"), std::string::npos) << refused.body;
    // What somebody else was told, of a pot that both see.
    core::OperationService::Asked asked;
    asked.kind = core::OperationKind::Change;
    asked.by = "uid " + std::to_string(::getuid());
    const std::string id = services.heart.operations->begin(asked);
    services.heart.operations->record(id, core::Durability::Intent, std::nullopt, [](const core::Status&) {});
    services.heart.loop.run();
    services.heart.operations->end(id, core::error(core::ErrorKind::Conflict, "it is pot db-front."), {});
    for (const std::string& path : {std::string("/v1/operations"), "/v1/operations/" + id})
        EXPECT_NE(call("GET", path).body.find("it is another pot."), std::string::npos)
            << call("GET", path).body;
    EXPECT_EQ(json("/v1/bases/of-db")["origin"], "");
    EXPECT_EQ(json("/v1/bases/of-web")["origin"], "web1");
    EXPECT_EQ(json("/v1/info")["pots"], 2);
    const ParsedAnswer taken = call("POST", "/v1/pots", spec("db1", {{"labels", {{"team", "web"}}}}));
    EXPECT_NE(taken.body.find("'db1' exists already"), std::string::npos) << "his own word: " << taken.body;
}

TEST_F(DoorTest, KeepsWhatCommandsPrintFromViewers) {
    make("web", {{"hooks", {{"prestart", Json::array({{{"command", {"/bin/true"}}}})}}},
                 {"health", {{"exec", {{"command", {"/bin/check"}}}}, {"interval", "1s"}, {"retries", 1}}}});
    services.heart.hooks.output = "hook-secret";
    services.heart.exec.exec_error.reset();
    start("web");
    services.heart.timers.advance(core::milliseconds(1000));
    services.heart.loop.run();
    ASSERT_EQ(services.heart.exec.executions.size(), 1U);
    services.heart.exec.executions.back()->output(core::Stream::Stdout, "check-secret");
    services.heart.exec.end(0, 3);
    services.heart.loop.run();
    const std::vector<std::string> paths{"/v1/pots",
                                         "/v1/pots/web",
                                         "/v1/pots/web/runs",
                                         "/v1/pots/web/runs/1",
                                         "/v1/pots/web/health",
                                         "/v1/events?since=0"};
    const auto told = [&](const std::string& path) {
        return call("GET", path, nullptr, "Accept: application/json\r\n").body;
    };
    be("operator");
    for (const std::string& path : paths) EXPECT_NE(told(path).find("-secret"), std::string::npos) << path;
    be("viewer");
    for (const std::string& path : paths)
        EXPECT_EQ(told(path).find("-secret"), std::string::npos) << told(path);
    EXPECT_EQ(json("/v1/pots/web")["last_error"], "unhealthy: exit code 3");
    EXPECT_EQ(json("/v1/pots/web")["run"]["hooks"][0]["output"], nullptr);
    const auto waiting = http.connect();
    waiting->send(get("/v1/pots/web/wait"));
    end_run("web");
    ASSERT_TRUE(http.run_until(*waiting, [&] { return HttpFixture::is_whole(waiting->received); }));
    EXPECT_NE(waiting->received.find("prestart"), std::string::npos) << waiting->received;
    EXPECT_EQ(waiting->received.find("-secret"), std::string::npos) << waiting->received;
}

TEST_F(DoorTest, TellsEventsWithoutWhatTheySayOfOtherPots) {
    make_two_teams();
    be("viewer team=web");
    const auto listener = http.connect();
    listener->send(get("/v1/events", "Accept: text/event-stream\r\n"));
    ASSERT_TRUE(
        http.run_until(*listener, [&] { return listener->received.find("\r\n\r\n") != std::string::npos; }));
    const core::PotPtr pot = services.heart.pots->find("web1");
    core::Event event{1,
                      {0},
                      "pressure.acted",
                      pot->id.text,
                      "web1",
                      0,
                      {{"next", "db1"}, {"origin", "db1"}, {"why", "memory"}}};
    event.number = services.heart.feed->last() + 1;
    services.heart.feed->publish(event);
    ASSERT_TRUE(http.run_until(
        *listener, [&] { return listener->received.find("pressure.acted") != std::string::npos; }));
    EXPECT_NE(listener->received.find("memory"), std::string::npos) << listener->received;
    EXPECT_EQ(listener->received.find("db1"), std::string::npos) << listener->received;
}

TEST_F(DoorTest, TellsEventsOfPotsThatMatchAlsoWhenTheyAreGone) {
    make_two_teams();
    be("developer team=web");
    const auto listener = http.connect();
    listener->send(get("/v1/events", "Accept: text/event-stream\r\n"));
    ASSERT_TRUE(
        http.run_until(*listener, [&] { return listener->received.find("\r\n\r\n") != std::string::npos; }));
    EXPECT_EQ(call("DELETE", "/v1/pots/web1").status, 204);
    be("admin");
    EXPECT_EQ(call("DELETE", "/v1/pots/db1").status, 204);
    make("web2", {{"labels", {{"team", "web"}}}});
    ASSERT_TRUE(http.run_until(*listener, [&] {
        return listener->received.find("\"web2\"") != std::string::npos;
    })) << listener->received;
    EXPECT_NE(listener->received.find("pot.destroyed"), std::string::npos) << listener->received;
    EXPECT_EQ(listener->received.find("db1"), std::string::npos) << listener->received;
    be("viewer team=web");
    const auto page =
        Json::parse(call("GET", "/v1/events?since=0", nullptr, "Accept: application/json\r\n").body);
    EXPECT_FALSE(page["items"].empty());
    for (const Json& event : page["items"]) EXPECT_EQ(event["pot"], "web2") << event;
}

TEST_F(DoorTest, MakesAndKeepsPotsWithinTheSelector) {
    make_two_teams();
    be("developer team=web");
    const ParsedAnswer unlabelled = call("POST", "/v1/pots", spec("a"));
    expect_problem(unlabelled, 403, "permission_denied", "labels");
    EXPECT_NE(unlabelled.body.find("team=web"), std::string::npos);
    make("a", {{"labels", {{"team", "web"}, {"x", "y"}}}});
    expect_problem(call("PATCH", "/v1/pots/a", {{"labels", {{"team", "db"}}}}), 403, "permission_denied",
                   "labels");
    EXPECT_EQ(call("PATCH", "/v1/pots/a", {{"labels", {{"x", "z"}}}}).status, 200);
    EXPECT_EQ(call("POST", "/v1/pots/a/rename", {{"name", "b"}}).status, 200);
    expect_problem(call("PATCH", "/v1/pots/b", {{"depends_on", {"db1"}}}), 404, "not_found", "depends_on");
    EXPECT_EQ(call("PATCH", "/v1/pots/b", {{"depends_on", {"web1"}}}).status, 200);
    const Json labels{{"labels", {{"team", "web"}}}};
    Json child = spec("c", labels);
    child["parent"] = "db1";
    expect_problem(call("POST", "/v1/pots", child), 404, "not_found", "parent");
    Json with_volume = spec("d", labels);
    with_volume["mounts"] = Json::array({{{"fscomp", "v"}, {"target", "/v"}}});
    expect_problem(call("POST", "/v1/pots", with_volume), 403, "permission_denied", "mounts[0].fscomp");
}

TEST_F(DoorTest, KeepsTeamsOffPrivateBridges) {
    be("admin");
    ASSERT_EQ(call("POST", "/v1/networks", {{"name", "lan"}}).status, 201);
    const Json on_lan{{"labels", {{"team", "web"}}},
                      {"network", {{"type", "private-bridge"}, {"bridge", "lan"}}}};
    make("hers", on_lan);
    be("developer team=web");
    expect_problem(call("POST", "/v1/pots", spec("a", on_lan)), 403, "permission_denied", "network.bridge");
    make("b", {{"labels", {{"team", "web"}}}, {"network", {{"type", "public-bridge"}}}});
    EXPECT_EQ(call("PATCH", "/v1/pots/hers", {{"env", {{"A", "1"}}}}).status, 200) << "an admin gave it that";
    be("developer team=web", {core::HostReach::Bridges});
    make("a", on_lan);
    be("developer");
    make("c", on_lan);
}

TEST_F(DoorTest, KeepsWhatReachesTheHostForAdmins) {
    be("developer");
    const auto refused = [&](const Json& more, const std::string& field) {
        const ParsedAnswer answer = call("POST", "/v1/pots", spec("a", more));
        expect_problem(answer, 403, "permission_denied", field);
        EXPECT_NE(answer.body.find("access.policy"), std::string::npos) << answer.body;
    };
    refused({{"hooks", {{"poststop", Json::array({{{"command", {"/bin/true"}}}})}}}}, "hooks.poststop");
    refused({{"mounts", Json::array({{{"dir", "/etc"}, {"target", "/x"}}})}}, "mounts[0].dir");
    refused({{"security", {{"capabilities", {{"add", {"SYS_ADMIN"}}}}}}}, "security.capabilities.add");
    refused({{"security", {{"seccomp", "unconfined"}}}}, "security.seccomp");
    refused({{"network", {{"type", "inherit"}}}}, "network.type");
    const Json bridged{{"type", "public-bridge"}};
    refused({{"network", bridged}, {"ports", {"80:8080", "22:22"}}}, "ports[1].host");
    refused({{"attributes", {{"jail.allow.mount", "true"}}}}, "attributes.jail.allow.mount");
    refused({{"attributes", {{"raw_sockets", "true"}}}}, "attributes.raw_sockets");
    Json plain = spec("a");
    plain.erase("network");
    expect_problem(call("POST", "/v1/pots", plain), 403, "permission_denied", "network.type");
    make("a");
    expect_problem(call("PATCH", "/v1/pots/a", {{"security", {{"seccomp", "unconfined"}}}}), 403,
                   "permission_denied", "security.seccomp");
    expect_problem(call("POST", "/v1/pots/a/mounts", {{"dir", "/etc"}, {"target", "/x"}}), 403,
                   "permission_denied", "dir");
}

TEST_F(DoorTest, KeepsFlavoursByTheirPathForAdmins) {
    // Anybody who fills a volume knows the path of a file of his own on the host.
    services.heart.flavour_files.add("plain", "set-env -E A=1\n");
    services.heart.flavour_files.add("/srv/own", "set-env -E B=1\n");
    be("developer", {core::HostReach::Hooks, core::HostReach::Directories});
    expect_problem(call("POST", "/v1/pots", spec("a", {{"flavours", {"plain", "/srv/own"}}})), 403,
                   "permission_denied", "flavours[1]");
    EXPECT_EQ(call("POST", "/v1/pots", spec("a", {{"flavours", {"plain"}}})).status, 201);
    Json clone{{"name", "b"}, {"take_snapshot", true}, {"flavours", {"/srv/own"}}};
    expect_problem(call("POST", "/v1/pots/a/clone", clone), 403, "permission_denied", "flavours[0]");
    be("admin");
    EXPECT_EQ(call("POST", "/v1/pots/a/clone", clone).status, 201);
    EXPECT_EQ(call("POST", "/v1/pots", spec("c", {{"flavours", {"/srv/own"}}})).status, 201);
}

TEST_F(DoorTest, LeavesWhatAnAdminGaveAPotAndAllowsWhatThePolicySays) {
    make("a", {{"security", {{"seccomp", "unconfined"}}}, {"network", {{"type", "inherit"}}}});
    be("developer");
    EXPECT_EQ(call("PATCH", "/v1/pots/a", {{"labels", {{"x", "y"}}}}).status, 200);
    expect_problem(call("POST", "/v1/pots/a/clone", {{"name", "b"}, {"take_snapshot", true}}), 403,
                   "permission_denied", "changes.security.seccomp");
    be("admin");
    make("web", {{"network", {{"type", "public-bridge"}}}, {"ports", {"80:80"}}});
    be("developer");
    EXPECT_EQ(call("PATCH", "/v1/pots/web", {{"ports", {"80:80", "443:8443"}}}).status, 200);
    expect_problem(call("PATCH", "/v1/pots/web", {{"ports", {"443:443", "80:80"}}}), 403, "permission_denied",
                   "ports[0].host");
    be("developer", {core::HostReach::Ports});
    EXPECT_EQ(call("PATCH", "/v1/pots/web", {{"ports", {"443:443"}}}).status, 200);
    be("developer", {core::HostReach::Seccomp, core::HostReach::HostNetwork});
    make("c", {{"security", {{"seccomp", "unconfined"}}}, {"network", {{"type", "inherit"}}}});
    expect_problem(
        call("POST", "/v1/pots", spec("d", {{"mounts", Json::array({{{"dir", "/etc"}, {"target", "/x"}}})}})),
        403, "permission_denied", "mounts[0].dir");
}

}  // namespace
}  // namespace potd::test
