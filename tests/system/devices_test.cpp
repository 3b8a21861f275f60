// Interfaces of the host that are in a pot while it runs: the lab's second cable, on which the outside is
// reached.
#include "tests/support/router_advertisement.hpp"
#include "tests/support/system.hpp"
#include "tests/system/lab_fixture.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>

#include <unistd.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

PotdOptions that_forwards() {
    PotdOptions options;
    options.extra_config = "network: {forwarding: true}\n";
    return options;
}

class DevicesTest : public LabTest {
  protected:
    DevicesTest() : LabTest(that_forwards()) {}
    void TearDown() override {
        if (api_) {
            for (const std::string& name : made_) api_->request("DELETE", "/v1/pots/" + name + "?force=true");
            EXPECT_TRUE(fs::is_empty(potd.run_dir() / "devices")) << "networks are still held";
        }
        LabTest::TearDown();
    }

    static Json device(const std::string& interface) {
        return {{"interface", interface}, {"name", "wan"}, {"addresses", {"10.98.0.7/24", "fd98::7/64"}}};
    }
    static Json with_second(Json network = {{"type", "none"}}) {
        network["devices"] = Json::array({device("second")});
        return network;
    }
    bool is_on_host(const std::string& name) {
        const Names all = lab_->interfaces();
        return std::find(all.begin(), all.end(), name) != all.end();
    }
    bool comes_back() {
        return wait_until([&] { return is_on_host("second"); });
    }
};

TEST_F(DevicesTest, ItIsThePotsWhileItRuns) {
    start(server("web", with_second()));
    EXPECT_FALSE(is_on_host("second") || is_on_host("wan"));
    EXPECT_EQ(from_outside("10.98.0.7"), "web\n");
    EXPECT_EQ(inside("web", "ls /sys/class/net"), "lo\nwan\n");
    EXPECT_THAT(inside("web", "busybox ip -6 -o addr show dev wan"), HasSubstr("fd98::7/64"));
    EXPECT_EQ(address_of("web"), "10.98.0.7");
    EXPECT_EQ(address_of("web", true), "fd98::7");
    EXPECT_THAT(inside("web", "cat /etc/hosts"), HasSubstr("10.98.0.7\tweb"));
    EXPECT_EQ(api_->expect(200, "GET", "/v1/pots/web/stats")["network"]["interfaces"][0]["name"], "wan");
    const Response changed =
        api_->request("PATCH", "/v1/pots/web", {{"network", {{"devices", Json::array()}}}});
    EXPECT_EQ(changed.status, 409) << changed.describe();
    api_->stop("web");
    EXPECT_TRUE(is_on_host("second")) << "with the stop's answer";
    api_->start("web");
    EXPECT_EQ(from_outside("10.98.0.7"), "web\n") << "and once more";
}

TEST_F(DevicesTest, WhatARouterOnItOffersItTakes) {
    Json network = with_second();
    network["devices"][0].erase("addresses");
    start(server("web", network));
    EXPECT_TRUE(wait_until([&] {
        lab_->outside([] { static_cast<void>(advertise("far2", "fd97::")); });
        return inside("web", "busybox ip -6 -o addr show dev wan").find("fd97::") != std::string::npos;
    }));
}

TEST_F(DevicesTest, ItStandsBesideABridge) {
    start(server("web", with_second(on_public()), {"8080:8000"}));
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_EQ(from_outside("10.98.0.7"), "web\n");
    EXPECT_EQ(inside("web", "ls /sys/class/net"), "eth0\nlo\nwan\n");
}

TEST_F(DevicesTest, ItCanBeTheWayOut) {
    Json network = with_second();
    network["devices"][0]["gateways"] = {"10.98.0.9"};
    start(server("web", network));
    EXPECT_THAT(inside("web", "busybox ip route"), HasSubstr("default via 10.98.0.9 dev wan"));
}

TEST_F(DevicesTest, ItComesBackHoweverTheRunEnds) {
    Json spec = idler("web", with_second());
    spec["command"] = sh("sleep 0.1; exit 3");
    spec["restart"] = {{"policy", "no"}};
    start(spec);
    EXPECT_EQ(api_->wait("web")["exit_code"], 3);
    EXPECT_TRUE(comes_back()) << "ended by itself";
    potctl({"set-cmd", "-p", "web", "-c", "sleep inf"});
    api_->start("web");
    ASSERT_FALSE(is_on_host("second"));
    potctl({"kill", "-s", "KILL", "web"});
    EXPECT_TRUE(comes_back()) << "killed";
}

TEST_F(DevicesTest, ItComesBackWhenTheMonitorIsKilled) {
    start(server("web", with_second()));
    ::kill(monitor_of(api_->inspect("web")["run"]["pid"]), SIGKILL);
    EXPECT_TRUE(comes_back());
}

TEST_F(DevicesTest, ItStaysWithAPotThatOutlivesPotd) {
    start(server("web", with_second()));
    ASSERT_EQ(from_outside("10.98.0.7"), "web\n");
    potd.kill9();
    EXPECT_EQ(from_outside("10.98.0.7"), "web\n");
    start_potd_again();
    EXPECT_FALSE(is_on_host("second"));
    EXPECT_EQ(from_outside("10.98.0.7"), "web\n");
    api_->stop("web");
    EXPECT_TRUE(is_on_host("second"));
}

TEST_F(DevicesTest, TheNextPotdTakesItBackWhenAllIsKilled) {
    start(server("web", with_second()));
    const pid_t main = api_->inspect("web")["run"]["pid"];
    const pid_t monitor = monitor_of(main);
    potd.kill9();
    ::kill(monitor, SIGKILL);
    ASSERT_TRUE(wait_until([&] { return ::kill(main, 0) != 0; }));
    EXPECT_FALSE(is_on_host("second")) << "it is held, not lost";
    start_potd_again();
    EXPECT_EQ(api_->wait("web")["lost"], true);
    EXPECT_TRUE(comes_back());
    api_->start("web");
    EXPECT_EQ(from_outside("10.98.0.7"), "web\n");
}

TEST_F(DevicesTest, AStartThatFailsGivesItBack) {
    Json spec = idler("web", with_second());
    spec["command"] = {"/no/such/program"};
    api_->create(spec);
    EXPECT_NE(api_->act("web", "start").status, 200);
    EXPECT_TRUE(comes_back());
}

TEST_F(DevicesTest, WhatCannotBeMovedIsRefusedByItsField) {
    start(server("on-bridge", on_public()));
    const auto refusal = [&](const std::string& interface, const std::string& name) {
        api_->create(
            idler(name, {{"type", "none"}, {"devices", {{{"interface", interface}, {"name", "wan"}}}}}));
        const Response refused = api_->act(name, "start");
        EXPECT_EQ(refused.status, 409) << refused.describe();
        EXPECT_EQ(problem_field(refused), "network.devices[0].interface");
        return refused.json().value("detail", "");
    };
    EXPECT_THAT(refusal("nowhere", "a"), HasSubstr("the host has no interface 'nowhere'"));
    EXPECT_THAT(refusal("uplink", "b"), HasSubstr("a default route of the host goes by uplink"));
    Names bridges = lab_->interfaces();
    std::erase_if(bridges, [](const std::string& one) { return !one.starts_with("pb"); });
    ASSERT_EQ(bridges.size(), 1U);
    EXPECT_THAT(refusal(bridges[0], "c"), HasSubstr("potd's own"));
    api_->create(idler("d", with_second()));
    const Response taken = api_->request("POST", "/v1/pots", idler("e", with_second()));
    EXPECT_EQ(taken.status, 409);
    EXPECT_THAT(taken.json().value("detail", ""), HasSubstr("second is moved into pot d"));
    const Response loopback = api_->request(
        "POST", "/v1/pots", idler("e", {{"type", "none"}, {"devices", {{{"interface", "lo"}}}}}));
    EXPECT_EQ(loopback.status, 422) << loopback.describe();
    potctl({"create", "-p", "f", "-b", "host", "-N", "none", "--device", "second", "--", "sleep", "inf"}, 4);
}

}  // namespace
}  // namespace potd::test
