// Pots with addresses of their own, in networks that the test makes: from outside, to the outside, among
// themselves, and what is left of them.
#include "tests/system/lab_fixture.hpp"

#include <csignal>
#include <thread>

namespace potd::test {
namespace {

using ::testing::HasSubstr;

class AliasTest : public LabTest {
  protected:
    static Json addresses(const std::string& interface, const Names& list) {
        return {{"interface", interface}, {"addresses", list}};
    }
    static Json alias(const Json& interfaces) { return {{"type", "alias"}, {"interfaces", interfaces}}; }
    static Json on_uplink(const Names& list) { return alias(Json::array({addresses("uplink", list)})); }

    /// A script of bash that asks a server for /ok.
    static std::string get(const std::string& address, int port) {
        return "exec 3<>/dev/tcp/" + address + "/" + std::to_string(port) +
               " && printf 'GET /ok HTTP/1.0\r\n\r\n' >&3 && cat <&3";
    }
    Response try_start(const std::string& name) { return api_->act(name, "start"); }
};

TEST_F(AliasTest, IsReachedFromOutsideOverBothFamilies) {
    start(server("web", on_uplink({"10.99.0.2", "fd99::2"})));
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n");
    EXPECT_EQ(from_outside("fd99::2"), "web\n");
    EXPECT_EQ(inside("web", "ls /sys/class/net"), "lo\nuplink\n") << "named as on the host";
    EXPECT_EQ(lab_->interfaces(), before_) << "nothing of it is on the host";
    EXPECT_EQ(inside("web", "busybox ip -o -4 addr show dev uplink | sed 's/.*inet //; s/ .*//'"),
              "10.99.0.2/24\n");
    EXPECT_EQ(
        inside("web", "busybox ip -o -6 addr show dev uplink scope global | sed 's/.*inet6 //; s/ .*//'"),
        "fd99::2/64\n");
    const Json stats = api_->expect(200, "GET", "/v1/pots/web/stats");
    EXPECT_TRUE(stats.contains("network"));
}

TEST_F(AliasTest, ReachesTheOutsideByTheHostsGateway) {
    const auto neighbour = lab_->serve_outside(8081);
    start(server("web", on_uplink({"10.99.0.2"})));
    std::thread asking([&] {
        PotApi other(potd.socket());
        other.exec("web", {"/bin/bash", "-c", get("192.0.2.1", 8081) + " > /tmp/seen"});
    });
    EXPECT_EQ(neighbour.next_client(), "10.99.0.2") << "beyond the gateway, with the pot's own address";
    asking.join();
    EXPECT_THAT(inside("web", "cat /tmp/seen"), HasSubstr("\n10.99.0.2\n"));
    EXPECT_EQ(inside("web", "cat /proc/sys/net/ipv6/conf/uplink/disable_ipv6"), "1\n")
        << "it has no address of it";
}

TEST_F(AliasTest, PotsOnOneInterfaceReachEachOther) {
    start(server("a", on_uplink({"10.99.0.2"})));
    start(server("b", on_uplink({"10.99.0.3"})));
    ASSERT_EQ(from_outside("10.99.0.3"), "b\n");
    EXPECT_THAT(inside("a", get("10.99.0.3", 8080)), HasSubstr("\nb\n"));
}

TEST_F(AliasTest, HasSeveralInterfaces) {
    start(server("web", alias(Json::array({addresses("second", {"10.98.0.2", "10.98.0.3"}),
                                           addresses("uplink", {"10.99.0.2"})}))));
    for (const char* address : {"10.98.0.2", "10.98.0.3", "10.99.0.2"})
        EXPECT_EQ(from_outside(address), "web\n");
    EXPECT_EQ(inside("web", "ls /sys/class/net"), "lo\nsecond\nuplink\n");
}

TEST_F(AliasTest, ItsNeighboursFindItAgainAfterARestart) {
    start(server("web", on_uplink({"10.99.0.2"})));
    const std::string hardware = inside("web", "cat /sys/class/net/uplink/address");
    ASSERT_EQ(from_outside("10.99.0.2"), "web\n");
    api_->stop("web");
    EXPECT_EQ(lab_->interfaces(), before_);
    api_->start("web");
    EXPECT_EQ(inside("web", "cat /sys/class/net/uplink/address"), hardware);
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n");
    // The kernel is still busy with the network of the run before.
    for (int i = 0; i < 20; ++i) api_->expect(200, "POST", "/v1/pots/web/restart");
}

TEST_F(AliasTest, IsCheckedFromWithin) {
    for (const auto& [name, address] : {std::pair("four", "10.99.0.2"), std::pair("six", "fd99::2")}) {
        Json spec = server(name, on_uplink({address}));
        spec["health"] = {
            {"http", {{"port", 8080}, {"path", "/ok"}}}, {"interval", "100ms"}, {"start_period", "0s"}};
        start(spec);
        EXPECT_TRUE(wait_until([&, pot = std::string(name)] {
            return api_->inspect(pot)["health"] == "healthy";
        })) << api_->inspect(name);
    }
}

TEST_F(AliasTest, WorksInAUserNamespace) {
    Json spec = server("web", on_uplink({"10.99.0.2", "fd99::2"}));
    spec["security"] = {{"user_namespace", "on"}};
    const Response made = api_->request("POST", "/v1/pots", spec);
    if (made.status == 422 && problem_field(made) == "security.user_namespace")
        GTEST_SKIP() << made.describe();
    ASSERT_EQ(made.status, 201) << made.describe();
    api_->start("web");
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n");
    EXPECT_EQ(from_outside("fd99::2"), "web\n");
}

TEST_F(AliasTest, IsAdoptedAfterAKillOfPotd) {
    start(server("web", on_uplink({"10.99.0.2"})));
    ASSERT_EQ(from_outside("10.99.0.2"), "web\n");
    const Json pid = api_->inspect("web")["run"]["pid"];
    potd.kill9();
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n") << "it needs no potd";
    start_potd_again();
    EXPECT_EQ(api_->inspect("web")["run"]["pid"], pid);
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n");
    EXPECT_EQ(problem_field(api_->request("POST", "/v1/pots", server("other", on_uplink({"10.99.0.2"})))),
              "network.interfaces[0].addresses[0]")
        << "the address is still its own";
    api_->stop("web");
    EXPECT_EQ(lab_->interfaces(), before_);
}

TEST_F(AliasTest, LeavesNothingWhenPotdAndItsMonitorAreKilled) {
    start(server("web", on_uplink({"10.99.0.2"})));
    ASSERT_EQ(from_outside("10.99.0.2"), "web\n");
    const pid_t main = api_->inspect("web")["run"]["pid"];
    const pid_t monitor = monitor_of(main);
    ASSERT_GT(monitor, 1);
    potd.kill9();
    ::kill(monitor, SIGKILL);
    start_potd_again();
    EXPECT_EQ(api_->wait("web")["lost"], true);
    EXPECT_EQ(lab_->fetch_from_outside("10.99.0.2", 8080), "");
    EXPECT_EQ(lab_->interfaces(), before_);
    api_->start("web");
    EXPECT_EQ(from_outside("10.99.0.2"), "web\n");
}

TEST_F(AliasTest, AStartThatCannotBeSaysWhyAndLeavesNothing) {
    const auto refused = [&](const std::string& name, const Json& network) {
        api_->create(server(name, network));
        const Response answer = try_start(name);
        EXPECT_EQ(answer.status, 409) << answer.describe();
        EXPECT_EQ(api_->inspect(name)["state"], "failed");
        EXPECT_EQ(lab_->interfaces(), before_);
        return problem_field(answer) + " " + answer.json().value("detail", "");
    };
    EXPECT_THAT(
        refused("nowhere",
                alias(Json::array({addresses("second", {"10.98.0.2"}), addresses("eth77", {"10.99.0.2"})}))),
        HasSubstr("network.interfaces[1].interface: the host has no interface 'eth77'"));
    EXPECT_THAT(refused("loop", alias(Json::array({addresses("lo", {"10.99.0.5"})}))),
                HasSubstr("network.interfaces[0].interface"));
    EXPECT_THAT(refused("host", on_uplink({"10.98.0.1"})),
                HasSubstr("the host has 10.98.0.1 already, on second"));
}

TEST_F(AliasTest, BadAddressesAreRefusedByTheirField) {
    const auto field = [&](const Json& network) {
        const Response answer = api_->request("POST", "/v1/pots", server("bad", network));
        EXPECT_TRUE(answer.status == 400 || answer.status == 422) << answer.describe();
        return problem_field(answer);
    };
    for (const char* address : {"10.99.0", "127.0.0.1", "224.0.0.1", "0.0.0.0", "::", "::1", "ff02::1",
                                "fe80::1", "10.99.0.0/24", "10.99.0.2/33", "auto", ""})
        EXPECT_EQ(field(on_uplink({"10.99.0.2", address})), "network.interfaces[0].addresses[1]") << address;
    EXPECT_EQ(field(on_uplink({"10.99.0.2", "10.99.0.2"})), "network.interfaces[0].addresses[1]");
    EXPECT_EQ(field(on_uplink({})), "network.interfaces[0].addresses");
    EXPECT_EQ(field({{"type", "alias"}}), "network.interfaces");
    EXPECT_EQ(field(alias(Json::array({addresses("a b", {"10.99.0.2"})}))),
              "network.interfaces[0].interface");
    Json other = on_uplink({"10.99.0.2"});
    other["type"] = "none";
    EXPECT_EQ(field(other), "network.interfaces");
    EXPECT_EQ(field({{"type", "alias"}, {"interfaces", Json::array({{{"interface", "uplink"}}})}}),
              "network.interfaces[0].addresses");
}

TEST_F(AliasTest, IsMadeShownAndClonedByPotctl) {
    potctl({"create", "-p", "web", "-b", "host", "-N", "alias", "-i", "uplink|10.99.0.2", "-i",
            "uplink|fd99::2", "--", "sleep", "inf"});
    made_.emplace_back("web");
    EXPECT_EQ(
        potctl({"info", "-E", "web"}),
        "export _POT_NAME=web\nexport _POT_IP=10.99.0.2\nexport _POT_IP_0=10.99.0.2\nexport "
        "_POT_NIC_0=uplink\n"
        "export _POT_IP_1=fd99::2\nexport _POT_NIC_1=uplink\nexport _POT_IP_LIST='_POT_IP_0 _POT_IP_1'\n"
        "export _POT_NIC_LIST='_POT_NIC_0 _POT_NIC_1'\n");
    EXPECT_THAT(potctl({"info", "web"}), HasSubstr("uplink|fd99::2"));
    EXPECT_THAT(potctl({"clone", "-P", "web", "-p", "copy", "-F"}, 4), HasSubstr("-i INTERFACE|ADDRESS"));
    potctl({"clone", "-P", "web", "-p", "copy", "-F", "-i", "uplink|10.99.0.3"});
    made_.emplace_back("copy");
    EXPECT_EQ(api_->inspect("copy")["spec"]["network"]["interfaces"], on_uplink({"10.99.0.3"})["interfaces"]);
    potctl({"clone", "-P", "web", "-p", "plain", "-N", "inherit"});
    made_.emplace_back("plain");
    EXPECT_EQ(api_->inspect("plain")["spec"]["network"]["type"], "inherit");
    potctl({"create", "-p", "bare", "-b", "host", "-N", "alias", "-i", "10.99.0.4"}, 2);
    EXPECT_THAT(potctl({"create", "-p", "taken", "-b", "host", "-N", "alias", "-i", "second|10.99.0.2"}, 4),
                HasSubstr("pot web"));
}

TEST_F(AliasTest, HooksKnowItsAddresses) {
    Json spec = server("web", alias(Json::array({addresses("uplink", {"fd99::2", "10.99.0.2"})})));
    const std::string file = potd.directory() / "seen";
    spec["hooks"] = {
        {"prestart", Json::array({{{"script", "#!/bin/sh\nenv | grep ^_POT_ | sort > " + file + "\n"}}})}};
    start(spec);
    EXPECT_EQ(read_file(file),
              "_POT_IP=10.99.0.2\n_POT_IP_0=10.99.0.2\n_POT_IP_1=fd99::2\n_POT_IP_LIST=_POT_IP_0 _POT_IP_1\n"
              "_POT_NAME=web\n_POT_NIC_0=uplink\n_POT_NIC_1=uplink\n_POT_NIC_LIST=_POT_NIC_0 _POT_NIC_1\n");
}

TEST_F(AliasTest, APotThatRunsCannotGiveItsAddressUp) {
    start(server("web", on_uplink({"10.99.0.2"})));
    const Response refused = api_->request("PATCH", "/v1/pots/web", {{"network", on_uplink({"10.99.0.3"})}});
    EXPECT_EQ(refused.status, 409) << refused.describe();
    EXPECT_EQ(problem_field(refused), "network");
    api_->stop("web");
    api_->expect(200, "PATCH", "/v1/pots/web", {{"network", on_uplink({"10.99.0.3"})}});
    api_->start("web");
    EXPECT_EQ(from_outside("10.99.0.3"), "web\n");
}

}  // namespace
}  // namespace potd::test
