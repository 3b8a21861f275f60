// Who may what: every endpoint for every role, with a label selector and without.
#include "tests/support/api_services.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

using api::Method;
using api::Reach;
using core::Role;

struct Wanted {
    Role least;
    Reach reach;
};

/// What docs/access.md says. An endpoint that is not here fails the test.
// NOLINTNEXTLINE(readability-function-size): a table
const std::map<std::string, Wanted>& table() {
    constexpr auto viewer = Role::Viewer, worker = Role::Operator, maker = Role::Developer,
                   admin = Role::Admin;
    static const std::map<std::string, Wanted> all{
        {"GET /metrics", {viewer, Reach::Shown}},
        {"GET /openapi.json", {viewer, Reach::Common}},
        {"GET /openapi.yaml", {viewer, Reach::Common}},
        {"GET /docs", {viewer, Reach::Common}},
        {"GET /docs/{file}", {viewer, Reach::Common}},
        {"GET /v1/audit", {admin, Reach::Rest}},
        {"GET /v1/bases", {viewer, Reach::Shown}},
        {"POST /v1/bases", {admin, Reach::Rest}},
        {"GET /v1/bases/{name}", {viewer, Reach::Shown}},
        {"DELETE /v1/bases/{name}", {admin, Reach::Rest}},
        {"POST /v1/bases/{name}/rollback", {admin, Reach::Rest}},
        {"POST /v1/bases/{name}/update", {admin, Reach::Rest}},
        {"GET /v1/events", {viewer, Reach::Shown}},
        {"GET /v1/flavours", {viewer, Reach::Common}},
        {"GET /v1/flavours/{name}", {viewer, Reach::Common}},
        {"GET /v1/fscomps", {viewer, Reach::Rest}},
        {"POST /v1/fscomps", {maker, Reach::Rest}},
        {"GET /v1/fscomps/{name}", {viewer, Reach::Rest}},
        {"PATCH /v1/fscomps/{name}", {maker, Reach::Rest}},
        {"DELETE /v1/fscomps/{name}", {maker, Reach::Rest}},
        {"POST /v1/fscomps/{name}/clone", {maker, Reach::Rest}},
        {"POST /v1/fscomps/{name}/rollback", {maker, Reach::Rest}},
        {"GET /v1/fscomps/{name}/snapshots", {viewer, Reach::Rest}},
        {"POST /v1/fscomps/{name}/snapshots", {maker, Reach::Rest}},
        {"DELETE /v1/fscomps/{name}/snapshots", {maker, Reach::Rest}},
        {"GET /v1/fscomps/{name}/snapshots/{snapshot}", {viewer, Reach::Rest}},
        {"DELETE /v1/fscomps/{name}/snapshots/{snapshot}", {maker, Reach::Rest}},
        {"GET /v1/health", {viewer, Reach::Common}},
        {"GET /v1/info", {viewer, Reach::Shown}},
        {"GET /v1/networks", {viewer, Reach::Shown}},
        {"POST /v1/networks", {admin, Reach::Rest}},
        {"GET /v1/networks/{name}", {viewer, Reach::Shown}},
        {"DELETE /v1/networks/{name}", {admin, Reach::Rest}},
        {"POST /v1/networks/{name}/start", {worker, Reach::Rest}},
        {"GET /v1/operations", {viewer, Reach::Shown}},
        {"GET /v1/operations/{id}", {viewer, Reach::Shown}},
        {"DELETE /v1/operations/{id}", {worker, Reach::Shown}},
        {"GET /v1/operations/{id}/output", {worker, Reach::Shown}},
        {"GET /v1/pots", {viewer, Reach::Shown}},
        {"POST /v1/pots", {maker, Reach::Shown}},
        {"GET /v1/pots/{name}", {viewer, Reach::Pot}},
        {"PATCH /v1/pots/{name}", {maker, Reach::Pot}},
        {"DELETE /v1/pots/{name}", {maker, Reach::Pot}},
        {"GET /v1/pots/{name}/attach", {maker, Reach::Pot}},
        {"POST /v1/pots/{name}/clone", {maker, Reach::Pot}},
        {"GET /v1/pots/{name}/exec", {maker, Reach::Pot}},
        {"POST /v1/pots/{name}/exec", {maker, Reach::Pot}},
        {"GET /v1/pots/{name}/files", {maker, Reach::Pot}},
        {"PUT /v1/pots/{name}/files", {maker, Reach::Pot}},
        {"GET /v1/pots/{name}/health", {viewer, Reach::Pot}},
        {"POST /v1/pots/{name}/kill", {worker, Reach::Pot}},
        {"GET /v1/pots/{name}/logs", {worker, Reach::Pot}},
        {"POST /v1/pots/{name}/mounts", {maker, Reach::Pot}},
        {"DELETE /v1/pots/{name}/mounts", {maker, Reach::Pot}},
        {"POST /v1/pots/{name}/pause", {worker, Reach::Pot}},
        {"GET /v1/pots/{name}/processes", {worker, Reach::Pot}},
        {"POST /v1/pots/{name}/promote", {maker, Reach::Pot}},
        {"POST /v1/pots/{name}/rename", {maker, Reach::Pot}},
        {"POST /v1/pots/{name}/restart", {worker, Reach::Pot}},
        {"POST /v1/pots/{name}/resume", {worker, Reach::Pot}},
        {"POST /v1/pots/{name}/rollback", {maker, Reach::Pot}},
        {"GET /v1/pots/{name}/runs", {viewer, Reach::Pot}},
        {"GET /v1/pots/{name}/runs/{number}", {viewer, Reach::Pot}},
        {"GET /v1/pots/{name}/snapshots", {viewer, Reach::Pot}},
        {"POST /v1/pots/{name}/snapshots", {maker, Reach::Pot}},
        {"DELETE /v1/pots/{name}/snapshots", {maker, Reach::Pot}},
        {"GET /v1/pots/{name}/snapshots/{snapshot}", {viewer, Reach::Pot}},
        {"DELETE /v1/pots/{name}/snapshots/{snapshot}", {maker, Reach::Pot}},
        {"POST /v1/pots/{name}/start", {worker, Reach::Pot}},
        {"GET /v1/pots/{name}/stats", {viewer, Reach::Pot}},
        {"GET /v1/pots/{name}/stats/history", {viewer, Reach::Pot}},
        {"POST /v1/pots/{name}/stop", {worker, Reach::Pot}},
        {"GET /v1/pots/{name}/wait", {viewer, Reach::Pot}},
        {"GET /v1/ready", {viewer, Reach::Common}},
        {"GET /v1/stats", {viewer, Reach::Shown}},
        {"GET /v1/system/df", {viewer, Reach::Rest}},
        {"GET /v1/system/pressure", {viewer, Reach::Rest}},
        {"POST /v1/system/prune", {admin, Reach::Rest}},
        {"POST /v1/system/shutdown", {admin, Reach::Rest}},
        {"GET /v1/tokens", {admin, Reach::Rest}},
        {"POST /v1/tokens", {admin, Reach::Rest}},
        {"GET /v1/tokens/{name}", {admin, Reach::Rest}},
        {"DELETE /v1/tokens/{name}", {admin, Reach::Rest}},
    };
    return all;
}

/// One request of a user without a connection; remembers the first answer.
class KnockingExchange : public api::Exchange {
  public:
    KnockingExchange(Method method, std::string path, std::int64_t uid) : path_(std::move(path)) {
        request_.method = method;
        request_.method_text = api::to_string(method);
        request_.target = request_.path = path_;
        request_.peer.uid = uid;
    }
    /// In place of a user: one with such a certificate.
    void show_certificate(std::vector<std::string> names) {
        request_.peer.uid = -1;
        request_.peer.names = std::move(names);
    }
    void answer(const api::Answer& answer) override {
        if (status == 0) {
            status = answer.status;
            body = answer.shared ? *answer.shared : std::string(answer.body);
            headers = answer.headers;
        }
    }
    void stream(std::string_view, std::unique_ptr<api::BodySource>) override { status = 200; }
    api::Later later() override { return {std::weak_ptr<api::AnswerSink>(), 0}; }
    bool upgrade(OnSocket) override { return false; }

    int status = 0;
    std::string body, headers;

  private:
    std::string path_;
};

constexpr std::int64_t somebody = 4711;

class DoorMatrixTest : public ::testing::Test {
  protected:
    /// Pots "mine" of the team web and "theirs" of another.
    void open(core::Grant grant) {
        services = std::make_unique<fakes::ApiServices>();
        for (const auto& [name, team] : {std::pair{"mine", "web"}, std::pair{"theirs", "db"}}) {
            core::PotSpec spec;
            spec.name = name;
            spec.base = "host";
            spec.labels = {{"team", team}};
            services->heart.ask<core::PotPtr>([&](auto reply) { services->heart.pots->create(spec, reply); });
        }
        services->access = {{{somebody, std::move(grant)}}, {}, {}, {}};
        static_cast<void>(services->routes());
    }
    KnockingExchange ask(const api::Route& route, const std::string& pot, std::int64_t uid = somebody) {
        std::string path;
        bool first = true;
        for (std::size_t i = 0; i < route.pattern.size(); ++i) {
            if (route.pattern[i] != '{') {
                path += route.pattern[i];
                continue;
            }
            path += std::exchange(first, false) ? pot : "1";
            i = route.pattern.find('}', i);
        }
        KnockingExchange exchange(route.method, path, uid);
        services->routes().router().dispatch(exchange);
        return exchange;
    }
    static std::string name_of(const api::Route& route) {
        return std::string(api::to_string(route.method)) + " " + route.pattern;
    }

    std::unique_ptr<fakes::ApiServices> services;
};

TEST_F(DoorMatrixTest, CertificatesHaveTheRolesTheyAreGiven) {
    open({Role::Admin, {}});
    api::AccessRules rules;
    rules.others = core::Grant{Role::Admin, {}};  // of the socket
    rules.certificates["ci"] = {Role::Viewer, {}};
    rules.certificates["ci.example"] = {Role::Operator, *core::label_selector_from("team=web", "")};
    rules.certificates["boss"] = {Role::Admin, {}};
    services->routes().set_access(rules);
    const auto ask_as = [&](std::vector<std::string> names, Method method, const std::string& path) {
        KnockingExchange exchange(method, path, -1);
        exchange.show_certificate(std::move(names));
        services->routes().router().dispatch(exchange);
        return exchange;
    };
    EXPECT_EQ(ask_as({"ci"}, Method::Get, "/v1/pots").status, 200);
    const KnockingExchange denied = ask_as({"ci"}, Method::Get, "/v1/tokens");
    EXPECT_EQ(denied.status, 403);
    EXPECT_NE(denied.body.find("certificate ci has the role viewer"), std::string::npos) << denied.body;
    // Of several names the highest role, with its labels.
    EXPECT_EQ(ask_as({"ci", "ci.example"}, Method::Get, "/v1/pots/mine/logs").status, 200);
    EXPECT_EQ(ask_as({"ci", "ci.example"}, Method::Get, "/v1/pots/theirs").status, 404);
    EXPECT_EQ(ask_as({"boss"}, Method::Get, "/v1/tokens").status, 200);
    for (const std::vector<std::string>& names : {std::vector<std::string>{}, {"CI"}, {"ci.example.org"}}) {
        const KnockingExchange stranger = ask_as(names, Method::Get, "/v1/info");
        EXPECT_EQ(stranger.status, 401);
        EXPECT_NE(stranger.headers.find("WWW-Authenticate: Bearer"), std::string::npos);
        const bool is_named = stranger.body.find("no role to the certificate of") != std::string::npos;
        EXPECT_EQ(is_named, !names.empty()) << stranger.body;
    }
    rules.certificates.clear();
    services->routes().set_access(rules);
    EXPECT_EQ(ask_as({"ci"}, Method::Get, "/v1/pots").status, 401);
}

TEST_F(DoorMatrixTest, EveryEndpointIsInTheTable) {
    open({Role::Admin, {}});
    std::set<std::string> routed, known;
    for (const api::Route* route : services->routes().router().routes()) routed.insert(name_of(*route));
    for (const auto& entry : table()) known.insert(entry.first);
    EXPECT_EQ(routed, known);
}

TEST_F(DoorMatrixTest, EveryEndpointLetsInWhomTheTableSays) {
    for (const Role role : {Role::Viewer, Role::Operator, Role::Developer, Role::Admin}) {
        open({role, {}});
        for (const api::Route* route : services->routes().router().routes()) {
            const Wanted& wanted = table().at(name_of(*route));
            const KnockingExchange answer = ask(*route, "mine");
            const std::string what = name_of(*route) + " as " + std::string(core::to_string(role));
            if (role < wanted.least) {
                EXPECT_EQ(answer.status, 403) << what;
                EXPECT_NE(answer.body.find("needs the role " + std::string(core::to_string(wanted.least))),
                          std::string::npos)
                    << what << answer.body;
            } else {
                EXPECT_TRUE(answer.status != 403 && answer.status != 401) << what << answer.body;
            }
        }
    }
}

TEST_F(DoorMatrixTest, ASelectorLeavesThePotsThatMatch) {
    for (const Role role : {Role::Viewer, Role::Operator, Role::Developer, Role::Admin}) {
        open({role, *core::label_selector_from("team=web", "")});
        for (const api::Route* route : services->routes().router().routes()) {
            const Wanted& wanted = table().at(name_of(*route));
            const std::string what = name_of(*route) + " as " + std::string(core::to_string(role));
            const KnockingExchange mine = ask(*route, "mine");
            if (role < wanted.least || wanted.reach == Reach::Rest) {
                EXPECT_EQ(mine.status, 403) << what << mine.body;
                continue;
            }
            EXPECT_TRUE(mine.status != 403 && mine.status != 401) << what << mine.body;
            if (wanted.reach != Reach::Pot) continue;
            EXPECT_EQ(mine.body.find("no pot is called"), std::string::npos) << what << mine.body;
            const KnockingExchange theirs = ask(*route, "theirs");
            const KnockingExchange nobodys = ask(*route, "nobodys");
            EXPECT_EQ(theirs.status, 404) << what << theirs.body;
            EXPECT_EQ(nobodys.status, 404) << what << nobodys.body;
            EXPECT_NE(theirs.body.find("no pot is called 'theirs'"), std::string::npos) << what;
        }
    }
}

TEST_F(DoorMatrixTest, NobodyElseGetsInAnywhere) {
    open({Role::Admin, {}});
    for (const api::Route* route : services->routes().router().routes()) {
        EXPECT_EQ(ask(*route, "mine", somebody + 1).status, 403) << name_of(*route);
        const KnockingExchange unknown = ask(*route, "mine", -1);
        EXPECT_EQ(unknown.status, 401) << name_of(*route);
        EXPECT_NE(unknown.headers.find("WWW-Authenticate: Bearer"), std::string::npos);
    }
}

}  // namespace
}  // namespace potd::test
