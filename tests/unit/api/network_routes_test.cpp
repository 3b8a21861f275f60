#include "tests/unit/api/routes_fixture.hpp"

#include <string>

namespace potd::test {
namespace {

class NetworkRoutesTest : public RoutesFixture {
  protected:
    void make(const std::string& name, Json request = Json::object()) {
        request["name"] = name;
        const ParsedAnswer made = call("POST", "/v1/networks", request);
        ASSERT_EQ(made.status, 201) << made.body;
    }
    static Json on_public() { return {{"network", {{"type", "public-bridge"}}}}; }
    static Json on_private(const std::string& bridge) {
        return {{"network", {{"type", "private-bridge"}, {"bridge", bridge}}}};
    }
    static Json with_ports(Json spec, const Json& ports) {
        spec["ports"] = ports;
        return spec;
    }
};

TEST_F(NetworkRoutesTest, AreMadeShownAndRemoved) {
    EXPECT_EQ(json("/v1/networks")["items"].size(), 0U);
    const ParsedAnswer made =
        call("POST", "/v1/networks", {{"name", "web"}, {"hosts", 30}, {"isolated", true}});
    ASSERT_EQ(made.status, 201) << made.body;
    EXPECT_EQ(made.header("Location"), "/v1/networks/web");
    const Json network = Json::parse(made.body);
    EXPECT_TRUE(network["ipv4"]["network"].get<std::string>().ends_with("/27")) << network;
    EXPECT_EQ(network["isolated"], true);
    EXPECT_EQ(network["used_by"], Json::array());
    EXPECT_EQ(json("/v1/networks/web"), network);
    make("db", {{"ipv4", "10.20.0.0/24"}, {"ipv6", "none"}});
    EXPECT_EQ(json("/v1/networks/db")["ipv4"], (Json{{"network", "10.20.0.0/24"}, {"gateway", "10.20.0.1"}}));
    EXPECT_TRUE(json("/v1/networks/db")["ipv6"].is_null());
    EXPECT_EQ(json("/v1/networks/db")["routed"], false);
    make("open", {{"ipv6", "2001:db8:7::/64"}, {"routed", true}});
    EXPECT_EQ(json("/v1/networks/open")["routed"], true);
    EXPECT_EQ(call("DELETE", "/v1/networks/open").status, 204);
    EXPECT_EQ(json("/v1/networks?limit=1")["next"], "db");
    EXPECT_EQ(json("/v1/networks?after=db")["items"][0]["name"], "web");
    EXPECT_EQ(call("DELETE", "/v1/networks/db").status, 204);
    expect_problem(call("GET", "/v1/networks/db"), 404, "not_found");
    expect_problem(call("DELETE", "/v1/networks/db"), 404, "not_found");
}

TEST_F(NetworkRoutesTest, BadOnesAreRefusedByTheirField) {
    make("web", {{"ipv4", "10.20.0.0/24"}});
    services.heart.networks.of_the_host = {
        {*core::parse_ip_network("192.168.1.0/24", "x"), "the host's eth0"}};
    const auto refused = [&](const Json& request, int status, const std::string& code,
                             const std::string& field) {
        expect_problem(call("POST", "/v1/networks", request), status, code, field);
    };
    refused({{"name", "web"}}, 409, "conflict", "name");
    refused({{"name", "public"}}, 422, "invalid_argument", "name");
    refused({{"name", "a/b"}}, 422, "invalid_argument", "name");
    refused({{"name", "x"}, {"hosts", 1}}, 422, "invalid_argument", "hosts");
    refused({{"name", "x"}, {"hosts", 30}, {"ipv4", "10.30.0.0/24"}}, 422, "invalid_argument", "hosts");
    refused({{"name", "x"}, {"ipv4", "10.20.0.1/24"}}, 422, "invalid_argument", "ipv4");
    refused({{"name", "x"}, {"ipv4", "10.20.0.128/25"}}, 409, "conflict", "ipv4");
    refused({{"name", "x"}, {"ipv6", "fd00::"}}, 422, "invalid_argument", "ipv6");
    refused({{"name", "x"}, {"ipv6", "none"}, {"routed", true}}, 422, "invalid_argument", "routed");
    refused({{"name", "x"}, {"gateway", "10.0.0.1"}}, 422, "unknown_field", "gateway");
    refused(Json::object(), 422, "missing_field", "name");
    const ParsedAnswer clash = call("POST", "/v1/networks", {{"name", "x"}, {"ipv4", "192.168.0.0/16"}});
    expect_problem(clash, 409, "conflict", "ipv4");
    EXPECT_NE(clash.body.find("the host's eth0"), std::string::npos) << clash.body;
    services.heart.networks.able = core::error(core::ErrorKind::Unsupported, "no nftables here");
    expect_problem(call("POST", "/v1/networks", {{"name", "x"}}), 422, "unsupported");
    expect_problem(
        call("POST", "/v1/pots", {{"name", "a"}, {"base", "host"}, {"network", {{"type", "public-bridge"}}}}),
        422, "unsupported", "network.type");
}

TEST_F(NetworkRoutesTest, AKeyMakesOneAndSaysSoAgain) {
    const std::string key = "Idempotency-Key: one\r\n";
    const ParsedAnswer first = call("POST", "/v1/networks", {{"name", "web"}}, key);
    ASSERT_EQ(first.status, 201) << first.body;
    const ParsedAnswer again = call("POST", "/v1/networks", {{"name", "web"}}, key);
    EXPECT_EQ(again.status, 201) << again.body;
    EXPECT_EQ(again.header("Idempotency-Replayed"), "true");
    EXPECT_EQ(again.body, first.body);
    const Json operation = json("/v1/operations")["items"][0];
    EXPECT_EQ(operation["kind"], "create-network");
    EXPECT_EQ(operation["network"], "web");
    EXPECT_EQ(operation["result"], "/v1/networks/web");
    EXPECT_EQ(call("DELETE", "/v1/networks/web", nullptr, "Prefer: respond-async\r\n").status, 202);
}

TEST_F(NetworkRoutesTest, StartHasItInTheKernel) {
    make("web");
    EXPECT_TRUE(services.heart.networks.raised.empty());
    const ParsedAnswer raised = call("POST", "/v1/networks/web/start");
    ASSERT_EQ(raised.status, 200) << raised.body;
    EXPECT_EQ(Json::parse(raised.body)["name"], "web");
    EXPECT_EQ(services.heart.networks.raised.count("web"), 1U);
    EXPECT_EQ(call("POST", "/v1/networks/public/start").status, 200) << "it is made by that";
    EXPECT_EQ(json("/v1/networks/public")["name"], "public");
    expect_problem(call("POST", "/v1/networks/none/start"), 404, "not_found");
}

TEST_F(NetworkRoutesTest, APotShowsItsAddressesAndTheNetworkItsPots) {
    make("db", {{"ipv4", "10.20.0.0/24"}, {"ipv6", "none"}});
    create("a", on_private("db"));
    const Json pot = json("/v1/pots/a");
    EXPECT_EQ(pot["addresses"],
              Json::array({{{"interface", "eth0"}, {"bridge", "db"}, {"address", "10.20.0.2"}}}));
    EXPECT_EQ(pot["spec"]["network"]["bridge"], "db");
    EXPECT_EQ(json("/v1/pots")["items"][0]["addresses"], pot["addresses"]);
    EXPECT_EQ(json("/v1/networks/db")["used_by"],
              Json::array({{{"pot", "a"}, {"ipv4", "10.20.0.2"}, {"ipv6", nullptr}}}));
    const ParsedAnswer used = call("DELETE", "/v1/networks/db");
    expect_problem(used, 409, "conflict");
    EXPECT_NE(used.body.find("used by a"), std::string::npos) << used.body;
    expect_problem(
        call(
            "POST", "/v1/pots",
            {{"name", "b"}, {"base", "host"}, {"network", {{"type", "private-bridge"}, {"bridge", "none"}}}}),
        404, "not_found", "network.bridge");
    Json taken = on_private("db");
    taken["network"]["ipv4"] = "10.20.0.2";
    taken["name"] = "b";
    taken["base"] = "host";
    expect_problem(call("POST", "/v1/pots", taken), 409, "conflict", "network.ipv4");
}

TEST_F(NetworkRoutesTest, PortsAreChosenShownAndChangedWhileItRuns) {
    create("a", with_ports(on_public(), {"80", "udp:53:5353"}));
    EXPECT_EQ(
        json("/v1/pots/a")["ports"],
        Json::array(
            {{{"protocol", "tcp"}, {"container", 80}, {"host", 20'000}, {"count", 1}, {"address", nullptr}},
             {{"protocol", "udp"}, {"container", 53}, {"host", 5353}, {"count", 1}, {"address", nullptr}}}));
    EXPECT_FALSE(json("/v1/pots/a")["spec"]["ports"][0].contains("host")) << "it was not asked for";
    Json other = with_ports(on_public(), {{{"container", 53}, {"host", 5353}, {"protocol", "udp"}}});
    other["name"] = "b";
    other["base"] = "host";
    expect_problem(call("POST", "/v1/pots", other), 409, "conflict", "ports[0].host");
    start("a");
    const ParsedAnswer changed = call("PATCH", "/v1/pots/a", {{"ports", {"81:8081"}}});
    ASSERT_EQ(changed.status, 200) << changed.body;
    EXPECT_EQ(Json::parse(changed.body)["ports"][0]["host"], 8081);
    const auto& connected = services.heart.networks.connected;
    ASSERT_EQ(connected.size(), 1U);
    ASSERT_EQ(connected.begin()->second.ports.size(), 1U);
    EXPECT_EQ(connected.begin()->second.ports[0].host, 8081);
    services.heart.networks.listeners = {{9090, "nginx (pid 412)"}};
    expect_problem(call("PATCH", "/v1/pots/a", {{"ports", {"81:8081", "82:9090"}}}), 409, "conflict",
                   "ports[1].host");
    EXPECT_EQ(json("/v1/pots/a")["ports"].size(), 1U);
    expect_problem(call("PATCH", "/v1/pots/a", {{"network", {{"type", "none"}}}, {"ports", Json::array()}}),
                   409, "conflict", "network");
}

TEST_F(NetworkRoutesTest, OnlyPotsOnBridgesPublishPorts) {
    Json spec{{"name", "a"}, {"base", "host"}, {"ports", {"80"}}};
    expect_problem(call("POST", "/v1/pots", spec), 422, "invalid_argument", "ports[0]");
    spec["network"] = {{"type", "public-bridge"}};
    spec["ports"] = {"80:70000"};
    expect_problem(call("POST", "/v1/pots", spec), 422, "invalid_argument", "ports[0]");
    spec["ports"] = {"80:8080", "81:8080"};
    expect_problem(call("POST", "/v1/pots", spec), 422, "invalid_argument", "ports[1].host");
}

TEST_F(NetworkRoutesTest, SaysWhichNetworksThereAre) {
    EXPECT_EQ(json("/v1/info")["capabilities"]["networks"],
              (Json{"inherit", "none", "alias", "public-bridge", "private-bridge"}));
    services.heart.networks.able = core::error(core::ErrorKind::Unsupported, "no nftables here");
    EXPECT_EQ(json("/v1/info")["capabilities"]["networks"], (Json{"inherit", "none", "alias"}));
}

TEST_F(NetworkRoutesTest, WhatRoutersLetAPotMakeIsShownAsItIsNow) {
    expect_problem(call("POST", "/v1/networks", {{"name", "lan"}, {"uplink", "eth9"}}), 409, "conflict",
                   "uplink");
    make("lan", {{"uplink", "eth1"}});
    EXPECT_EQ(json("/v1/networks/lan")["uplink"], "eth1");
    EXPECT_TRUE(json("/v1/networks/lan")["ipv6"].is_null());
    create("a", on_private("lan"));
    const auto shown = [&] { return json("/v1/pots/a")["addresses"]; };
    const Json unknown = {{{"interface", "eth0"}, {"bridge", "lan"}, {"address", nullptr}}};
    EXPECT_EQ(shown(), unknown);
    start("a");
    EXPECT_EQ(shown(), unknown);
    services.heart.networks.by_routers = core::parse_ip_address("2001:db8::7");
    EXPECT_EQ(shown()[0]["address"], "2001:db8::7") << "although the pot is as it was";
    EXPECT_EQ(json("/v1/pots")["items"][0]["addresses"], shown());
    services.heart.networks.by_routers = core::parse_ip_address("2001:db8::8");
    EXPECT_EQ(json("/v1/pots")["items"][0]["addresses"][0]["address"], "2001:db8::8");
}

}  // namespace
}  // namespace potd::test
