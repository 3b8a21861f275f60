// Two teams whose pots an admin has tied together in every way there is: what one is told names no pot of the
// other.
#include "tests/unit/api/routes_fixture.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace potd::test {
namespace {

/// Part of every name and cause that the team web must not be told.
const std::string others_mark = "zqx";
const std::string others_pot = "zqx-db";

class DoorNamesTest : public RoutesFixture {
  protected:
    DoorNamesTest() {
        tie_needs();
        tie_files();
        tie_networks();
        fail_a_start();
        fail_requests();
    }

    /// An admin is the one at the socket, a team has tokens.
    void be_admin() { authorization.clear(); }
    void be(const std::string& role) {
        be_admin();
        if (!tokens.contains(role)) {
            const Json body{{"name", role}, {"role", role}, {"selector", "team=web"}};
            tokens[role] = expect(201, "POST", "/v1/tokens", body).value("secret", "");
        }
        authorization = "Authorization: Bearer " + tokens[role] + "\r\n";
    }
    ParsedAnswer call(const std::string& method, const std::string& path, const Json& body = nullptr,
                      const std::string& headers = {}) {
        return RoutesFixture::call(method, path, body, headers + authorization);
    }
    Json json(const std::string& path) { return Json::parse(call("GET", path).body); }

    Json make(const std::string& name, const std::string& team, const Json& more = Json::object()) {
        Json spec{{"name", name}, {"base", "host"}, {"command", {"/bin/true"}}, {"labels", {{"team", team}}}};
        if (!more.contains("network")) spec["network"] = {{"type", "none"}};
        spec.update(more);
        return expect(201, "POST", "/v1/pots", spec);
    }
    Json expect(int status, const std::string& method, const std::string& path, const Json& body = nullptr) {
        const ParsedAnswer answer = call(method, path, body);
        EXPECT_EQ(answer.status, status) << method << " " << path << answer.body;
        return answer.body.empty() ? Json() : Json::parse(answer.body, nullptr, false);
    }

    void tie_needs() {
        make(others_pot, "db");
        make("web1", "web");
        make("zqx-top", "db", {{"depends_on", {"web1"}}});
        make("web2", "web", {{"depends_on", {others_pot, "web1"}}});
        make("zqx-gone", "db");
        make("web-dangling", "web", {{"depends_on", {"zqx-gone"}}});
        expect(204, "DELETE", "/v1/pots/zqx-gone?force=true");
        make("web-low", "web");
        make("zqx-mid", "db", {{"depends_on", {"web-low"}}});
        make("web-high", "web", {{"depends_on", {"zqx-mid"}}});
    }
    void tie_files() {
        const auto clone = [&](const std::string& source, const std::string& name, const std::string& team) {
            const Json changes{{"labels", {{"team", team}}}, {"depends_on", Json::array()}};
            expect(201, "POST", "/v1/pots/" + source + "/clone",
                   {{"name", name}, {"take_snapshot", true}, {"changes", changes}});
        };
        clone(others_pot, "web-clone", "web");
        clone("web1", "zqx-clone", "db");
        clone("web1", "zqx-clone2", "db");
        expect(201, "POST", "/v1/bases", {{"name", "of-db"}, {"pot", others_pot}});
        make("zqx-of-base", "db", {{"base", "of-db"}});
        make("web-of-base", "web", {{"base", "of-db"}});
        expect(201, "POST", "/v1/fscomps", {{"name", "data"}});
        const Json mounts = Json::array({{{"fscomp", "data"}, {"target", "/data"}}});
        make("zqx-mounts", "db", {{"mounts", mounts}});
        make("web-mounts", "web", {{"mounts", mounts}});
    }
    void tie_networks() {
        expect(201, "POST", "/v1/networks", {{"name", "lan"}});
        const auto on = [](const std::string& type) {
            Json network{{"type", type}};
            if (type == "private-bridge") network["bridge"] = "lan";
            return network;
        };
        for (const auto& [name, team] : {std::pair{"zqx-lan", "db"}, std::pair{"web-lan", "web"}})
            make(name, team, {{"network", on("private-bridge")}});
        Json front{{"network", on("public-bridge")}, {"ports", {"80:8080"}}};
        front["network"]["mac"] = mac;
        make("zqx-front", "db", front);
        make("web-front", "web", {{"network", on("public-bridge")}, {"ports", {"80:8081"}}});
        make("zqx-alias", "db",
             {{"network",
               {{"type", "alias"},
                {"interfaces", Json::array({{{"interface", "eth0"}, {"addresses", {"10.9.8.7"}}}})}}}});
        address = json("/v1/pots/zqx-front")["addresses"][0]["address"];
    }
    /// What web2 depends on does not come up, and a cause is told.
    void fail_a_start() {
        services.heart.runtime.start_at_once = false;
        EXPECT_EQ(call("POST", "/v1/pots/web2/start", nullptr, "Prefer: respond-async\r\n").status, 202);
        services.heart.loop.run();
        services.heart.runtime.come_up(services.heart.key("web1"));
        services.heart.runtime.fail_launch(
            services.heart.key(others_pot),
            core::error(core::ErrorKind::InvalidArgument, "no /opt/zqx-cause"));
        services.heart.loop.run();
        services.heart.runtime.start_at_once = true;
        EXPECT_NE(json("/v1/pots/web2")["last_error"].dump().find("depends on zqx-db"), std::string::npos)
            << json("/v1/pots/web2");
        services.heart.start("web-dangling");
        services.heart.stop("web1");
    }
    /// Requests of an admin about pots of the other team.
    void fail_requests() {
        const auto refused = [&](const std::string& method, const std::string& path, const Json& body,
                                 const std::string& headers) {
            const ParsedAnswer answer = call(method, path, body, headers);
            EXPECT_NE(answer.body.find(others_mark), std::string::npos) << path << answer.body;
        };
        refused("POST", "/v1/pots/web-front/rename", {{"name", others_pot}}, "Idempotency-Key: a\r\n");
        refused("PATCH", "/v1/pots/web-front", {{"ports", {"80:8080"}}}, "Idempotency-Key: b\r\n");
        refused("DELETE", "/v1/pots/web-low", nullptr, "Idempotency-Key: c\r\n");
    }

    /// All there is to read, as whoever asks sees the names to ask for.
    std::vector<std::string> all_paths() {
        std::vector<std::string> paths;
        for (const api::Route* route : services.routes().router().routes()) {
            if (route->method != api::Method::Get) continue;
            for (std::string& path : filled(route->pattern)) paths.push_back(std::move(path));
        }
        return paths;
    }
    std::vector<std::string> filled(const std::string& pattern) {
        const auto open = pattern.find('{');
        if (open == std::string::npos) return {pattern};
        const auto shut = pattern.find('}');
        std::vector<std::string> all;
        for (const std::string& value :
             values_of(pattern.substr(0, open), pattern.substr(open, shut - open + 1)))
            for (std::string& path : filled(pattern.substr(0, open) + value + pattern.substr(shut + 1)))
                all.push_back(std::move(path));
        return all;
    }
    std::vector<std::string> values_of(const std::string& place, const std::string& parameter) {
        if (parameter == "{number}") return {"1"};
        if (parameter == "{file}") return {"viewer.js"};
        const Json list = Json::parse(call("GET", place.substr(0, place.size() - 1) + "?limit=1000").body);
        std::vector<std::string> found;
        const Json items = list.value("items", Json::array());
        for (const Json& item : items) found.push_back(item.value(parameter == "{id}" ? "id" : "name", ""));
        return found;
    }
    std::string told(const std::string& path) {
        const std::string type = path == "/v1/events" ? "application/json" : "*/*";
        return call("GET", path, nullptr, "Accept: " + type + "\r\n").body;
    }
    std::string told_events() {
        const auto listener = http.connect();
        listener->send(
            get("/v1/events", authorization + "Accept: text/event-stream\r\nLast-Event-ID: 0\r\n"));
        http.run_until(*listener, [&, rounds = 0]() mutable { return ++rounds == 200; });
        return listener->received;
    }

    const std::string mac = "02:00:00:00:00:07";
    std::string address;  ///< of a pot of the other team

    std::string authorization;                  ///< a header; empty: an admin
    std::map<std::string, std::string> tokens;  ///< by role
};

TEST_F(DoorNamesTest, NothingThatIsReadNamesAnotherTeamsPot) {
    be_admin();
    std::set<std::string> naming;
    for (const std::string& path : all_paths())
        if (told(path).find(others_mark) != std::string::npos) naming.insert(path);
    for (const std::string path :
         {"/v1/pots", "/v1/pots/web2", "/v1/pots/web-clone", "/v1/pots/web-dangling", "/v1/pots/web2/runs",
          "/v1/pots/web2/runs/1", "/v1/pots/web2/wait", "/v1/bases", "/v1/bases/of-db", "/v1/networks",
          "/v1/networks/lan", "/v1/operations", "/v1/events", "/metrics", "/v1/fscomps/data"})
        EXPECT_TRUE(naming.contains(path)) << path << ": the test ties nothing there";
    EXPECT_NE(told_events().find("depends on zqx-db"), std::string::npos);
    for (const std::string role : {"viewer", "operator", "developer", "admin"}) {
        be(role);
        const std::vector<std::string> paths = all_paths();
        EXPECT_GT(paths.size(), 100U);
        for (const std::string& path : paths) {
            const std::string body = told(path);
            EXPECT_EQ(body.find(others_mark), std::string::npos) << role << " " << path << ": " << body;
        }
        EXPECT_EQ(told_events().find(others_mark), std::string::npos) << role << told_events();
    }
    be("viewer");
    for (const std::string& pot : {others_pot, std::string("zqx-gone"), std::string("nothing")}) {
        const ParsedAnswer page =
            call("GET", "/v1/events?limit=1&pot=" + pot, nullptr, "Accept: application/json\r\n");
        EXPECT_EQ(Json::parse(page.body)["next"], nullptr) << page.body;
    }
    EXPECT_EQ(json("/v1/pots/web2")["last_error"], "depends on another pot, which did not come up");
    EXPECT_EQ(json("/v1/pots/web2")["spec"]["depends_on"], Json({"web1"}));
    EXPECT_EQ(json("/v1/pots/web-clone")["origin"], nullptr);
    EXPECT_EQ(json("/v1/pots/web-dangling")["last_error"], "depends on another pot, which does not exist");
}

TEST_F(DoorNamesTest, NothingThatIsRefusedNamesAnotherTeamsPot) {
    be("admin");
    const Json bridged{{"type", "public-bridge"}};
    Json with_mac = bridged, with_address = bridged;
    with_mac["mac"] = mac;
    with_address["ipv4"] = address;
    const Json spec{{"name", "web-new"},
                    {"base", "host"},
                    {"command", {"/bin/true"}},
                    {"labels", {{"team", "web"}}},
                    {"network", {{"type", "none"}}}};
    const auto spec_with = [&](const Json& more) {
        Json all = spec;
        all.update(more);
        return all;
    };
    const Json alias{{"network",
                      {{"type", "alias"},
                       {"interfaces", Json::array({{{"interface", "eth0"}, {"addresses", {"10.9.8.7"}}}})}}}};
    struct Try {
        std::string method, path;
        Json body;
    };
    const std::vector<Try> all{
        {"POST", "/v1/pots", spec_with({{"network", bridged}, {"ports", {"80:8080"}}})},
        {"POST", "/v1/pots", spec_with({{"network", with_mac}})},
        {"POST", "/v1/pots", spec_with({{"network", with_address}})},
        {"POST", "/v1/pots", spec_with(alias)},
        {"PATCH", "/v1/pots/web-front", {{"ports", {"80:8080"}}}},
        {"PATCH", "/v1/pots/web-front", {{"network", with_address}}},
        {"PATCH", "/v1/pots/web-low", {{"depends_on", {"web-high"}}}},
        {"PATCH", "/v1/pots/web-low?replace=true", {{"depends_on", {"web-high"}}}},
        {"POST", "/v1/pots/web1/rename", {{"name", "web9"}}},
        {"DELETE", "/v1/pots/web1", nullptr},
        {"DELETE", "/v1/pots/web-low", nullptr},
        {"POST", "/v1/pots/web2/clone", {{"name", "web-new"}, {"take_snapshot", true}}},
        {"POST", "/v1/pots/web-dangling/start", nullptr},
        {"GET", "/v1/fscomps", nullptr},
        {"POST", "/v1/bases", {{"name", "x"}, {"pot", "web1"}}}};
    for (const Try& one : all) {
        const ParsedAnswer answer = call(one.method, one.path, one.body);
        EXPECT_GE(answer.status, 400) << one.method << " " << one.path << one.body << answer.body;
        EXPECT_EQ(answer.body.find(others_mark), std::string::npos)
            << one.method << " " << one.path << answer.body;
        EXPECT_EQ(answer.head.find(others_mark), std::string::npos) << one.path << answer.head;
    }
    expect_problem(call("PATCH", "/v1/pots/web-low", {{"depends_on", {others_pot}}}), 404, "not_found",
                   "depends_on");
    expect_problem(call("PATCH", "/v1/pots/web2", {{"depends_on", {others_pot}}}), 404, "not_found",
                   "depends_on");
    expect_problem(call("PATCH", "/v1/pots/web-dangling", {{"depends_on", {"zqx-gone"}}}), 404, "not_found",
                   "depends_on");
    // His own word, but not that it is a pot that has the port.
    const ParsedAnswer guessed =
        call("PATCH", "/v1/pots/web-front", {{"ports", {"80:8080"}}, {"hostname", "zqx-front"}});
    EXPECT_EQ(guessed.status, 409);
    EXPECT_EQ(guessed.body.find(others_mark), std::string::npos) << guessed.body;
}

TEST_F(DoorNamesTest, WhatIsNotShownStaysWhenAPotIsChanged) {
    const auto needs = [&] {
        be_admin();
        return json("/v1/pots/web2")["spec"]["depends_on"];
    };
    const Json whole = needs();
    EXPECT_EQ(whole, Json({others_pot, "web1"}));
    be("developer");
    const Json seen = json("/v1/pots/web2")["spec"];
    EXPECT_EQ(seen["depends_on"], Json({"web1"}));
    const Json preview = expect(200, "PATCH", "/v1/pots/web2?replace=true&dry_run=true", seen);
    EXPECT_EQ(preview["spec"], seen);
    EXPECT_EQ(preview.dump().find(others_mark), std::string::npos);
    const Json put = expect(200, "PATCH", "/v1/pots/web2?replace=true", seen);
    EXPECT_EQ(put["spec"], seen);
    EXPECT_EQ(put.dump().find(others_mark), std::string::npos);
    EXPECT_EQ(needs(), whole) << "in its place";
    be("developer");
    EXPECT_EQ(expect(200, "PATCH", "/v1/pots/web2", {{"env", {{"A", "1"}}}})["spec"]["depends_on"],
              Json({"web1"}));
    EXPECT_EQ(needs(), whole);
    be("developer");
    expect(200, "PATCH", "/v1/pots/web2", {{"depends_on", {"web-low"}}});
    EXPECT_EQ(needs(), Json({"web-low", others_pot}));
    be("developer");
    EXPECT_EQ(expect(200, "PATCH", "/v1/pots/web2", {{"depends_on", nullptr}})["spec"]["depends_on"],
              Json::array());
    EXPECT_EQ(needs(), Json({others_pot}));
    be_admin();
    expect(200, "PATCH", "/v1/pots/web2", {{"depends_on", Json::array()}});
    EXPECT_EQ(needs(), Json::array()) << "who sees it may take it out";
}

TEST_F(DoorNamesTest, ACloneSaysItselfWhatItDependsOnWhereThatIsNotShown) {
    be("developer");
    expect_problem(call("POST", "/v1/pots/web2/clone", {{"name", "web-new"}, {"take_snapshot", true}}), 403,
                   "permission_denied", "changes.depends_on");
    Json body{{"name", "web-new"}, {"take_snapshot", true}, {"changes", {{"depends_on", {"web1"}}}}};
    EXPECT_EQ(expect(201, "POST", "/v1/pots/web2/clone", body)["spec"]["depends_on"], Json({"web1"}));
    EXPECT_EQ(
        expect(201, "POST", "/v1/pots/web1/clone", {{"name", "web-new2"}, {"take_snapshot", true}})["name"],
        "web-new2");
    be_admin();
    EXPECT_EQ(json("/v1/pots/web-new")["spec"]["depends_on"], Json({"web1"}));
}

/// What only looks like a name of a pot is told.
TEST_F(DoorNamesTest, WhatAPotSaysItselfIsTold) {
    be_admin();
    make("redis", "db");
    make("cache", "web", {{"command", {"redis", "--port", "1"}}});
    services.heart.runtime.start_at_once = false;
    for (const std::string why : {"redis: not found", "'redis': not found", "/usr/bin/redis: not found"}) {
        services.heart.pots->start("cache", [](const auto&) {});
        services.heart.loop.run();
        services.heart.runtime.fail_launch(services.heart.key("cache"),
                                           core::error(core::ErrorKind::InvalidArgument, why));
        services.heart.loop.run();
        be("viewer");
        EXPECT_EQ(json("/v1/pots/cache")["last_error"], why);
        be_admin();
    }
}

TEST_F(DoorNamesTest, WhatIsOpenOfAPotThatWasTakenOutOfReachEnds) {
    services.heart.start("web-front");
    be("admin");
    const auto followed = http.connect(), waited = http.connect(), shell = http.connect();
    followed->send(get("/v1/pots/web-front/logs?follow=true", authorization));
    waited->send(get("/v1/pots/web-front/wait", authorization));
    shell->send(get("/v1/pots/web-front/attach",
                    authorization +
                        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"));
    ASSERT_TRUE(http.run_until(*followed, [&] { return !followed->received.empty(); }));
    ASSERT_TRUE(http.run_until(*shell, [&] { return !shell->received.empty(); }));
    be_admin();
    expect(200, "PATCH", "/v1/pots/web-front", {{"labels", {{"x", "y"}}}});
    http.timers.advance(core::milliseconds(1000));
    const auto few_rounds = [rounds = 0]() mutable { return ++rounds == 50; };
    for (RawClient* const client : {followed.get(), waited.get(), shell.get()}) {
        http.run_until(*client, few_rounds);
        EXPECT_FALSE(client->ended) << "the pot still is the team's: " << client->received;
    }
    expect(200, "PATCH", "/v1/pots/web-front", {{"labels", {{"team", "db"}}}});
    http.timers.advance(core::milliseconds(1000));
    for (RawClient* const client : {followed.get(), waited.get(), shell.get()})
        EXPECT_TRUE(http.run_until(*client, [&] { return client->ended; })) << client->received;
}

TEST_F(DoorNamesTest, WhoGivesAPotTheIdOfOneThatIsGoneHearsNothingOfThat) {
    be_admin();
    const std::string id = "feed00000001";
    core::PotSpec spec;
    spec.name = "zqx-ended";
    spec.base = "host";
    spec.labels = {{"team", "db"}};
    core::Along along;
    along.new_pot = core::PotId{id};
    services.heart.ask<core::PotPtr>([&](auto reply) { services.heart.pots->create(spec, reply, along); });
    expect(204, "DELETE", "/v1/pots/" + id);
    EXPECT_NE(told("/v1/events").find("zqx-ended"), std::string::npos);
    be("developer");
    make(id, "web");
    EXPECT_NE(told("/v1/events").find(id), std::string::npos);
    EXPECT_EQ(told("/v1/events").find("zqx-ended"), std::string::npos) << told("/v1/events");
    EXPECT_EQ(told("/v1/operations").find("zqx-ended"), std::string::npos);
}

TEST_F(DoorNamesTest, WhatWasTakenOutOfReachIsHeardOfNoMore) {
    be("viewer");
    const auto listener = http.connect();
    listener->send(get("/v1/events?type=pot.destroyed", authorization + "Accept: text/event-stream\r\n"));
    http.run_until(*listener, [&] { return listener->received.find("\r\n\r\n") != std::string::npos; });
    be_admin();
    expect(200, "PATCH", "/v1/pots/web-front", {{"labels", {{"team", "db"}}}});
    expect(200, "POST", "/v1/pots/web-front/rename", {{"name", "zqx-moved"}});
    expect(204, "DELETE", "/v1/pots/zqx-moved");
    expect(204, "DELETE", "/v1/pots/web-mounts");
    ASSERT_TRUE(http.run_until(*listener,
                               [&] { return listener->received.find("web-mounts") != std::string::npos; }));
    EXPECT_EQ(listener->received.find(others_mark), std::string::npos) << listener->received;
}

}  // namespace
}  // namespace potd::test
