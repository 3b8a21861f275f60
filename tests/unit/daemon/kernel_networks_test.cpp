// Bridges, ports and rules of an instance together, in a network namespace of the test's own.
#include "daemon/platform/linux/kernel_networks.hpp"

#include "daemon/platform/linux/port_owner.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/poll_loop.hpp"
#include "tests/unit/daemon/own_network.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <net/if.h>
#include <sys/prctl.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Protocol = core::PublishedPort::Protocol;

core::Bridge bridge_of(const std::string& name, const std::string& ipv4, const std::string& ipv6) {
    core::Bridge made;
    made.name = name;
    made.ipv4 = core::bridge_network(core::parse_ip_network(ipv4, "ipv4").value());
    made.ipv6 = core::bridge_network(core::parse_ip_network(ipv6, "ipv6").value());
    return made;
}

core::PortForward lead(int host, int container, Protocol protocol = Protocol::Tcp) {
    core::PortForward port;
    port.protocol = protocol;
    port.host = host;
    port.container = container;
    port.ipv4 = core::parse_ip_address("10.1.0.2");
    return port;
}

/// Somebody listens on a port of all addresses.
UniqueFd listener(int type, int port) {
    UniqueFd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<std::uint16_t>(port));
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    if (type == SOCK_STREAM) {
        EXPECT_EQ(::listen(fd.get(), 1), 0);
    }
    return fd;
}

class KernelNetworksTest : public OwnNetworkTest {
  protected:
    void SetUp() override {
        OwnNetworkTest::SetUp();
        if (IsSkipped()) return;
        networks_ = again();
        if (const core::Status able = networks_->check(); !able) GTEST_SKIP() << able.error().message;
        tool_ = std::make_unique<Nft>(Nft::open().value());
    }
    /// One that hears at once what others do.
    std::unique_ptr<KernelNetworks> listening() {
        return std::make_unique<KernelNetworks>(NetworkOptions{
            "potd", false, [this](const std::string& text) { said_.push_back(text); }, &loop_});
    }
    /// Commands by a program of another name.
    void as_stranger(const std::string& commands) {
        std::array<char, 17> own{};
        ::prctl(PR_GET_NAME, own.data());
        ::prctl(PR_SET_NAME, "stranger");
        EXPECT_TRUE(tool_->run(commands));
        ::prctl(PR_SET_NAME, own.data());
    }
    /// As after a restart of potd.
    std::unique_ptr<KernelNetworks> again(const std::string& instance = "potd", bool set_forwarding = false) {
        return std::make_unique<KernelNetworks>(NetworkOptions{
            instance, set_forwarding, [this](const std::string& text) { said_.push_back(text); }});
    }
    static core::RunKey run(const std::string& id, std::uint32_t number = 1) { return {{id}, number}; }
    core::Connections on_web(std::vector<core::PortForward> ports = {}) const {
        core::Connections all;
        all.interfaces.push_back({web_,
                                  core::parse_ip_address("10.1.0.2"),
                                  core::parse_ip_address("fd01::2"),
                                  {2, 0, 0, 0, 0, 7}});
        all.ports = std::move(ports);
        return all;
    }
    void connect(const core::RunKey& run, const core::Connections& connections) {
        const core::Status done = networks_->connect(run, connections);
        ASSERT_TRUE(done) << done.error().message;
    }
    std::string rules() {
        const auto text = tool_->ask("list ruleset");
        return text ? *text : text.error().message;
    }
    static bool is_link(const std::string& name) { return ::if_nametoindex(name.c_str()) != 0; }

    test::PollLoop loop_;
    const core::Bridge web_ = bridge_of("web", "10.1.0.0/24", "fd01::/64");
    std::vector<std::string> said_;
    std::unique_ptr<KernelNetworks> networks_;
    std::unique_ptr<Nft> tool_;
};

TEST_F(KernelNetworksTest, ARunBringsItsBridgeAndRules) {
    connect(run("a"), on_web({lead(8080, 80)}));
    EXPECT_TRUE(is_link("pb-web"));
    EXPECT_THAT(rules(), HasSubstr("8080"));
    EXPECT_THAT(rules(), HasSubstr("10.1.0.2"));
    ASSERT_TRUE(networks_->disconnect(run("a")));
    EXPECT_THAT(rules(), Not(HasSubstr("8080")));
    EXPECT_THAT(rules(), Not(HasSubstr("10.1.0.2")));
    EXPECT_TRUE(is_link("pb-web")) << "it goes when somebody says so";
    EXPECT_TRUE(networks_->disconnect(run("a")));
    ASSERT_TRUE(networks_->remove("web"));
    EXPECT_TRUE(networks_->remove("web"));
    EXPECT_FALSE(is_link("pb-web"));
    EXPECT_THAT(rules(), Not(HasSubstr("potd"))) << "no table without a bridge";
}

TEST_F(KernelNetworksTest, PortsOfARunChange) {
    connect(run("a"), on_web({lead(8080, 80), lead(8081, 81)}));
    ASSERT_TRUE(networks_->change_ports(run("a"), {lead(8081, 81), lead(9090, 90)}));
    EXPECT_THAT(rules(), Not(HasSubstr("8080")));
    EXPECT_THAT(rules(), HasSubstr("8081"));
    EXPECT_THAT(rules(), HasSubstr("9090"));
    ASSERT_TRUE(networks_->change_ports(run("a"), {lead(9090, 91)})) << "elsewhere";
    EXPECT_THAT(rules(), HasSubstr(". 91"));
    EXPECT_EQ(networks_->change_ports(run("b"), {}).error().kind, core::ErrorKind::NotFound);
}

TEST_F(KernelNetworksTest, OpeningsOfARunComeChangeAndGo) {
    const auto led = [](int host, int container) {
        core::PortForward port = lead(host, container);
        port.ipv6 = core::parse_ip_address("fd01::2");
        port.own_ipv6 = true;
        return port;
    };
    const auto open = [](int port) { return HasSubstr("fd01::2 . tcp . " + std::to_string(port)); };
    connect(run("a"), on_web({led(8080, 80), led(8081, 80), led(8082, 82)}));
    EXPECT_THAT(rules(), AllOf(open(80), open(82), Not(HasSubstr("10.1.0.2 . tcp"))));
    ASSERT_TRUE(networks_->change_ports(run("a"), {led(8081, 80), led(9090, 90)}));
    EXPECT_THAT(rules(), AllOf(open(80), open(90), Not(open(82)))) << "another port leads to 80";
    ASSERT_TRUE(tool_->run("flush ruleset"));
    ASSERT_TRUE(networks_->change_ports(run("a"), {led(9090, 90)}));
    EXPECT_THAT(rules(), AllOf(open(90), Not(open(80)))) << "put there anew";
    ASSERT_TRUE(networks_->disconnect(run("a")));
    EXPECT_THAT(rules(), Not(open(90)));
}

TEST_F(KernelNetworksTest, RatesOfARunComeChangeAndGo) {
    if (const core::Status able = networks_->check_rates(); !able) GTEST_SKIP() << able.error().message;
    EXPECT_THAT(rules(), Not(HasSubstr("probe"))) << "asking leaves nothing";
    connect(run("a"), on_web());
    EXPECT_THAT(rules(), Not(HasSubstr("limit"))) << "nothing is looked up for nobody";
    ASSERT_TRUE(networks_->change_rates(run("a"), {1'000'000, 0}));
    EXPECT_THAT(rules(),
                AllOf(HasSubstr("rate over 1000000 bytes/second"), HasSubstr("_rx"), Not(HasSubstr("_tx"))));
    ASSERT_TRUE(networks_->change_rates(run("a"), {2'000'000, 10'000'000'000}));
    EXPECT_THAT(rules(),
                AllOf(HasSubstr("over 2000000 "), HasSubstr("_tx"), Not(HasSubstr("over 1000000 "))));
    core::Connections limited = on_web();
    limited.interfaces[0].ipv4 = core::parse_ip_address("10.1.0.3");
    limited.rates = {3'000'000, 3'000'000};
    connect(run("b"), limited);
    EXPECT_THAT(rules(), HasSubstr("over 3000000 "));
    ASSERT_TRUE(networks_->disconnect(run("b")));
    EXPECT_THAT(rules(), Not(HasSubstr("over 3000000 ")));
    ASSERT_TRUE(networks_->change_rates(run("a"), {}));
    EXPECT_THAT(rules(), Not(HasSubstr("over")));
    EXPECT_TRUE(networks_->change_rates(run("c"), {1'000'000, 0})) << "it gets them when it is connected";
}

TEST_F(KernelNetworksTest, RatesOutliveRestartsFlushesAndNewBridges) {
    if (const core::Status able = networks_->check_rates(); !able) GTEST_SKIP() << able.error().message;
    core::Connections limited = on_web();
    limited.rates = {1'000'000, 2'000'000};
    connect(run("a"), limited);
    const auto both = AllOf(HasSubstr("over 1000000 "), HasSubstr("over 2000000 "));
    EXPECT_THAT(rules(), both);
    ASSERT_TRUE(networks_->raise(bridge_of("idle", "10.2.0.0/24", "fd02::/64")));
    EXPECT_THAT(rules(), both);
    networks_ = again();
    ASSERT_TRUE(networks_->settle({web_}, {{run("a"), limited}}));
    EXPECT_THAT(rules(), both);
    ASSERT_TRUE(tool_->run("flush ruleset"));
    ASSERT_TRUE(networks_->change_rates(run("a"), {1'000'000, 2'000'001}));
    EXPECT_THAT(rules(),
                AllOf(HasSubstr("over 1000000 "), HasSubstr("over 2000001 "), HasSubstr("10.1.0.2")));
}

TEST_F(KernelNetworksTest, KnowsTheAddressesOfARun) {
    connect(run("a"), on_web());
    EXPECT_THAT(networks_->addresses_of(run("a")),
                ElementsAre(*core::parse_ip_address("10.1.0.2"), *core::parse_ip_address("fd01::2")));
    EXPECT_THAT(networks_->addresses_of(run("b")), IsEmpty());
}

TEST_F(KernelNetworksTest, APortThatAProcessHasIsRefusedWithItsName) {
    const UniqueFd tcp = listener(SOCK_STREAM, 8081), udp = listener(SOCK_DGRAM, 5353);
    const core::Status taken = networks_->connect(run("a"), on_web({lead(8080, 80), lead(8081, 80)}));
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().kind, core::ErrorKind::Conflict);
    EXPECT_EQ(taken.error().field, "ports[1].host");
    EXPECT_THAT(taken.error().message, HasSubstr(std::to_string(::getpid())));
    EXPECT_FALSE(is_link("pb-web")) << "nothing half done";
    EXPECT_FALSE(networks_->check_free({lead(5353, 53, Protocol::Udp)}));
    EXPECT_TRUE(networks_->check_free({lead(5353, 53), lead(8081, 80, Protocol::Udp)}));
    core::PortForward row = lead(8079, 79);
    row.count = 3;
    EXPECT_FALSE(networks_->check_free({row})) << "one of a row";
    row.count = 0;
    EXPECT_TRUE(networks_->check_free({row}));
}

TEST_F(KernelNetworksTest, AStrangersFlushIsMendedWithTheNextChange) {
    connect(run("a"), on_web({lead(8080, 80)}));
    const std::string before = rules();
    ASSERT_TRUE(tool_->run("flush ruleset"));
    connect(run("b"), {{}, {}});
    ASSERT_TRUE(networks_->change_ports(run("a"), {lead(8080, 80), lead(8081, 81)}));
    ASSERT_TRUE(networks_->change_ports(run("a"), {lead(8080, 80)}));
    EXPECT_EQ(rules(), before);
}

TEST_F(KernelNetworksTest, WhereItListensAFlushIsMendedAtOnce) {
    networks_ = listening();
    connect(run("a"), on_web({lead(8080, 80)}));
    const std::string before = rules();
    said_.clear();
    as_stranger("flush ruleset");
    EXPECT_THAT(rules(), IsEmpty());
    ASSERT_TRUE(loop_.run_until([&] { return !said_.empty(); }));
    EXPECT_EQ(rules(), before);
    EXPECT_THAT(said_[0], HasSubstr("changed by stranger"));
    ASSERT_TRUE(networks_->change_ports(run("a"), {lead(8081, 80)}));
    as_stranger("add table inet strangers");
    loop_.run_ready();
    EXPECT_EQ(said_.size(), 1U) << "neither its own changes nor those of other tables";
    as_stranger("delete table inet " + table_name("potd"));
    ASSERT_TRUE(loop_.run_until([&] { return said_.size() == 2; }));
    EXPECT_THAT(rules(), HasSubstr("8081"));
}

TEST_F(KernelNetworksTest, WhoNeverStopsHasTheLastWord) {
    networks_ = listening();
    connect(run("a"), on_web());
    said_.clear();
    for (std::size_t i = 1; i <= 6; ++i) {
        as_stranger("flush ruleset");
        ASSERT_TRUE(loop_.run_until([&] { return said_.size() == i; }));
    }
    EXPECT_THAT(said_.back(), HasSubstr("again and again"));
    EXPECT_THAT(rules(), IsEmpty());
    ASSERT_TRUE(networks_->change_ports(run("a"), {lead(8081, 80)}));
    EXPECT_THAT(rules(), HasSubstr("8081"));
}

TEST_F(KernelNetworksTest, CablesHangOnABridgeThatComesBack) {
    connect(run("a"), on_web());
    const std::string cable = KernelBridges("potd").cable_of(run("a"), "web");
    const auto shell = [](const std::string& words) {
        return std::system(words.c_str());  // NOLINT: own words
    };
    ASSERT_EQ(shell("ip link add " + cable + " master pb-web type veth peer name far0"), 0);
    const std::string is_member =
        "test -e /proc/self/ns/net && ip -o link show master pb-web | grep -q " + cable;
    ASSERT_EQ(shell(is_member), 0);
    ASSERT_EQ(shell("ip link del pb-web"), 0);
    networks_ = again();
    ASSERT_TRUE(networks_->settle({web_}, {{run("a"), on_web()}}));
    EXPECT_EQ(shell(is_member), 0);
}

TEST_F(KernelNetworksTest, WhereItListensABridgeComesBackAtOnce) {
    networks_ = listening();
    connect(run("a"), on_web({lead(8080, 80)}));
    const std::string cable = KernelBridges("potd").cable_of(run("a"), "web");
    const auto shell = [](const std::string& words) {
        return std::system(words.c_str());  // NOLINT: own words
    };
    ASSERT_EQ(shell("ip link add " + cable + " master pb-web type veth peer name far0"), 0);
    const std::string before = rules();
    said_.clear();
    ASSERT_EQ(shell("ip link del pb-web"), 0);
    ASSERT_TRUE(loop_.run_until([&] { return !said_.empty(); }));
    EXPECT_THAT(said_[0], AllOf(HasSubstr("bridge web (pb-web) was removed by somebody"),
                                HasSubstr("is there again with its members")));
    EXPECT_EQ(shell("ip -o link show master pb-web | grep -q " + cable), 0);
    EXPECT_EQ(shell("ip -o addr show dev pb-web | grep -q 10.1.0.1/24"), 0);
    EXPECT_EQ(shell("ip -o addr show dev pb-web | grep -q fd01::1/64"), 0);
    EXPECT_EQ(rules(), before);
    ASSERT_TRUE(networks_->raise(bridge_of("idle", "10.2.0.0/24", "fd02::/64")));
    ASSERT_TRUE(networks_->remove("idle"));
    ASSERT_EQ(shell("ip link add other0 type bridge && ip link del other0"), 0);
    loop_.run_ready();
    EXPECT_EQ(said_.size(), 1U) << "neither what it removes itself nor what is not potd's";
    for (std::size_t i = 2; i <= 6; ++i) {
        ASSERT_EQ(shell("ip link del pb-web"), 0);
        ASSERT_TRUE(loop_.run_until([&] { return said_.size() == i; }));
    }
    EXPECT_THAT(said_.back(), HasSubstr("again and again"));
    EXPECT_FALSE(is_link("pb-web"));
    connect(run("b"), on_web());
    EXPECT_TRUE(is_link("pb-web"));
}

TEST_F(KernelNetworksTest, WhereItListensALostCableIsTold) {
    networks_ = listening();
    std::vector<std::string> lost;
    networks_->set_lost([&](const core::RunKey& of, const std::string& bridge) {
        lost.push_back(of.pot.text + " " + bridge);
    });
    connect(run("a"), on_web());
    const std::string cable = KernelBridges("potd").cable_of(run("a"), "web");
    const std::string make = "ip link add " + cable + " master pb-web type veth peer name far0";
    const std::string remove = "ip link del " + cable;
    ASSERT_EQ(std::system(make.c_str()), 0);    // NOLINT: own words
    ASSERT_EQ(std::system(remove.c_str()), 0);  // NOLINT: own words
    ASSERT_TRUE(loop_.run_until([&] { return !lost.empty(); }));
    EXPECT_THAT(lost, ElementsAre("a web"));
    ASSERT_EQ(std::system(make.c_str()), 0);  // NOLINT: own words
    ASSERT_TRUE(networks_->disconnect(run("a")));
    ASSERT_EQ(std::system(remove.c_str()), 0);  // NOLINT: own words
    loop_.run_ready();
    EXPECT_EQ(lost.size(), 1U) << "the run is over";
}

TEST_F(KernelNetworksTest, ABridgeOfAFailedConnectionHasItsRulesWithTheNext) {
    ASSERT_TRUE(networks_->raise(bridge_of("idle", "10.4.0.0/24", "fd04::/64"))) << "so the tables are there";
    ASSERT_EQ(std::system("ip link add pb-db type bridge"), 0);  // NOLINT: of the test's own words
    core::Connections both = on_web();
    both.interfaces.push_back({bridge_of("db", "10.2.0.0/24", "fd02::/64"),
                               core::parse_ip_address("10.2.0.2"),
                               {},
                               {2, 0, 0, 0, 0, 8}});
    EXPECT_FALSE(networks_->connect(run("a"), both)) << "a stranger has that name";
    connect(run("b"), on_web());
    EXPECT_THAT(rules(), HasSubstr("\"pb-web\" . \"pb-web\""));
}

TEST_F(KernelNetworksTest, ANetworkOfTheSameNameIsAnother) {
    ASSERT_TRUE(networks_->raise(web_));
    ASSERT_TRUE(networks_->raise(bridge_of("web", "10.7.0.0/24", "fd07::/64")));
    EXPECT_THAT(rules(), HasSubstr("10.7.0.0/24"));
}

TEST_F(KernelNetworksTest, ABridgeThatSomebodyTookAwayComesBack) {
    connect(run("a"), on_web({lead(8080, 80)}));
    ASSERT_EQ(std::system("ip link del pb-web"), 0);  // NOLINT: of the test's own words
    connect(run("b"), on_web());
    EXPECT_TRUE(is_link("pb-web"));
    EXPECT_THAT(rules(), HasSubstr("8080"));
}

TEST_F(KernelNetworksTest, AfterARestartThereIsWhatRunsNeedAndNoMore) {
    connect(run("a"), on_web({lead(8080, 80)}));
    connect(run("b"), on_web({lead(8081, 80)}));
    ASSERT_TRUE(networks_->raise(bridge_of("idle", "10.2.0.0/24", "fd02::/64")));
    ASSERT_TRUE(networks_->raise(bridge_of("gone", "10.3.0.0/24", "fd03::/64")));
    ASSERT_TRUE(tool_->run("add table inet strangers"));
    networks_ = again();
    const core::Status settled = networks_->settle({web_, bridge_of("idle", "10.2.0.0/24", "fd02::/64")},
                                                   {{run("a"), on_web({lead(8080, 80)})}});
    ASSERT_TRUE(settled) << settled.error().message;
    EXPECT_TRUE(is_link("pb-web"));
    EXPECT_TRUE(is_link("pb-idle"));
    EXPECT_FALSE(is_link("pb-gone"));
    EXPECT_THAT(rules(), HasSubstr("8080"));
    EXPECT_THAT(rules(), Not(HasSubstr("8081")));
    EXPECT_THAT(rules(), HasSubstr("strangers"));
    ASSERT_TRUE(networks_->disconnect(run("a"))) << "it knows them";
    EXPECT_THAT(rules(), Not(HasSubstr("8080")));
}

TEST_F(KernelNetworksTest, AfterARebootTheBridgesOfLiveRunsAreMade) {
    ASSERT_TRUE(networks_->settle({web_}, {}));
    EXPECT_FALSE(is_link("pb-web")) << "none until it is needed";
    EXPECT_THAT(rules(), Not(HasSubstr("potd")));
    ASSERT_TRUE(networks_->settle({web_}, {{run("a"), on_web({lead(8080, 80)})}}));
    EXPECT_TRUE(is_link("pb-web"));
    EXPECT_THAT(rules(), HasSubstr("8080"));
}

TEST_F(KernelNetworksTest, TwoInstancesDoNotMeet) {
    const auto second = again("second");
    connect(run("a"), on_web({lead(8080, 80)}));
    const std::string before = rules();
    const core::Bridge other = bridge_of("web", "10.9.0.0/24", "fd09::/64");
    core::Connections connections;
    connections.interfaces.push_back({other, core::parse_ip_address("10.9.0.2"), {}, {2, 0, 0, 0, 0, 9}});
    ASSERT_TRUE(second->connect(run("a"), connections));
    ASSERT_TRUE(second->settle({}, {}));
    EXPECT_EQ(rules(), before) << "the second's are gone again, the first's are as they were";
    EXPECT_TRUE(is_link("pb-web"));
}

TEST_F(KernelNetworksTest, WhatTheHostReachesIsTaken) {
    // NOLINTBEGIN: own words
    ASSERT_EQ(std::system("ip link add up0 type dummy 2>/dev/null || ip link add up0 type veth peer up1"), 0);
    ASSERT_EQ(std::system("ip addr add 192.168.7.1/24 dev up0 && ip link set up0 up"), 0);
    // NOLINTEND
    connect(run("a"), on_web());
    const auto taken = networks_->taken();
    ASSERT_TRUE(taken);
    std::map<std::string, std::string> owners;
    for (const core::TakenNetwork& one : *taken) owners.emplace(core::to_string(one.network), one.owner);
    EXPECT_EQ(owners["192.168.7.0/24"], "the host's up0");
    EXPECT_FALSE(owners.contains("10.1.0.0/24")) << "its own bridges it knows better";
}

TEST_F(KernelNetworksTest, AHostThatForwardsNothingIsTold) {
    connect(run("a"), on_web());
    ASSERT_TRUE(networks_->raise(bridge_of("db", "10.2.0.0/24", "fd02::/64")));
    ASSERT_EQ(said_.size(), 1U) << "once";
    EXPECT_THAT(said_[0], HasSubstr("net.ipv4.ip_forward"));
    EXPECT_THAT(said_[0], HasSubstr("network.forwarding"));
    said_.clear();
    const auto setting = again("second", true);
    ASSERT_TRUE(setting->raise(bridge_of("web", "10.9.0.0/24", "fd09::/64")));
    EXPECT_THAT(said_, IsEmpty());
}

}  // namespace
}  // namespace potd::platform
