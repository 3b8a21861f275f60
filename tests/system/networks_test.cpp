// Pots on bridges, in networks that the test makes: published ports from everywhere, addresses, what keeps
// pots apart, and what is left of it all.
#include "daemon/platform/linux/nft.hpp"
#include "tests/support/joining_thread.hpp"
#include "tests/system/lab_fixture.hpp"
#include "tests/system/truth.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <set>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

PotdOptions with_forwarding() {
    PotdOptions options;
    options.extra_config = "network: {forwarding: true, ports: 20000-20099}\n";
    return options;
}

/// A socket of the host's that listens on a port, until it goes.
class Listener {
  public:
    explicit Listener(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(static_cast<std::uint16_t>(port));
        EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where), 0);
        EXPECT_EQ(::listen(socket_, 1), 0);
    }
    ~Listener() { ::close(socket_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

  private:
    int socket_;
};

class NetworksTest : public LabTest {
  protected:
    NetworksTest() : LabTest(with_forwarding()) {}

    Json stats_of(const std::string& name) { return api_->expect(200, "GET", "/v1/pots/" + name + "/stats"); }
    int host_port(const std::string& name) { return api_->inspect(name)["ports"][0]["host"]; }
};

TEST_F(NetworksTest, APublishedPortLeadsToItFromEverywhere) {
    start(server("web", on_public(), {"8080:8000"}));
    start(server("other", on_public()));
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_EQ(from_outside("fd99::1", 8000), "web\n");
    for (const char* address : {"10.99.0.1", "127.0.0.1", "fd99::1"})
        EXPECT_EQ(from_host(address, 8000), "web\n") << address;
    EXPECT_EQ(from_host(address_of("web"), 8080), "web\n") << "by its own address";
    EXPECT_EQ(from_host(address_of("web", true), 8080), "web\n");
    for (const char* pot : {"other", "web"})
        EXPECT_EQ(from_pot(pot, "10.99.0.1", 8000), "web\n") << "from the pot " << pot;
    EXPECT_EQ(from_pot("other", address_of("web"), 8080), "web\n") << "pots of one bridge reach each other";
    EXPECT_EQ(inside("web", "ls /sys/class/net"), "eth0\nlo\n");
}

TEST_F(NetworksTest, APortOfOneAddressOrOneFamilyIsThatAlone) {
    start(server("web", on_public(), {"8080:8000@10.98.0.1", "8080:8001@0.0.0.0"}));
    EXPECT_EQ(from_host("10.98.0.1", 8000), "web\n");
    EXPECT_EQ(lab_->fetch_from_outside("10.99.0.1", 8000), "");
    EXPECT_EQ(from_outside("10.99.0.1", 8001), "web\n");
    EXPECT_EQ(lab_->fetch_from_outside("fd99::1", 8001), "");
}

TEST_F(NetworksTest, HidesTheInsideBehindTheHostsAddress) {
    const auto neighbour = lab_->serve_outside(8081);
    start(server("web", on_public()));
    const Json asked =
        api_->exec("web", {"bash", "-c",
                           "exec 3<>/dev/tcp/10.99.0.9/8081 && printf 'GET / HTTP/1.0\r\n\r\n' >&3 & "
                           "wait $!"});
    EXPECT_EQ(neighbour.next_client(), "10.99.0.1") << asked;
    EXPECT_EQ(lab_->fetch_from_outside("10.99.0.1", 8080), "") << "nothing is published";
}

TEST_F(NetworksTest, PotsOfARoutedBridgeAreSeenByTheirOwnAddresses) {
    lab_->outside([] {
        // NOLINTNEXTLINE: the test's
        EXPECT_EQ(std::system("busybox ip -6 route add 2001:db8:7::/64 via fd99::1"), 0);
    });
    const auto neighbour = lab_->serve_outside(8081);
    potctl({"create-private-bridge", "-B", "open", "--ipv6", "2001:db8:7::/64", "--routed"});
    start(server("web", on_private("open"), {"8080:8000", "8080:8001@fd99::1"}));
    start(server("other", on_public()));
    const auto seen_as = [&](const std::string& name, const std::string& address) {
        inside(name, "exec 3<>/dev/tcp/" + address + "/8081; printf 'GET / HTTP/1.0\r\n\r\n' >&3");
        return neighbour.next_client();
    };
    const std::string own = address_of("web", true);
    EXPECT_EQ(own, "2001:db8:7::2");
    EXPECT_EQ(seen_as("web", "fd99::9"), own);
    EXPECT_EQ(seen_as("web", "10.99.0.9"), "10.99.0.1") << "by IPv4 the host hides it as ever";
    EXPECT_EQ(seen_as("other", "fd99::9"), "fd99::1") << "and pots of other bridges";
    EXPECT_EQ(from_outside(own, 8080), "web\n") << "a published port";
    EXPECT_EQ(from_outside("fd99::1", 8000), "web\n");
    EXPECT_EQ(from_pot("other", own, 8080), "web\n");
    potd.kill9();
    start_potd_again();
    EXPECT_EQ(api_->expect(200, "GET", "/v1/networks/open")["routed"], true);
    EXPECT_EQ(from_outside(own, 8080), "web\n");
    EXPECT_EQ(seen_as("web", "fd99::9"), own);
    potctl({"export-ports", "-p", "web", "-e", "8080:8001@fd99::1"});
    EXPECT_EQ(from_outside("fd99::1", 8001), "web\n");
    EXPECT_EQ(lab_->fetch_from_outside(own, 8080), "") << "what is for one address of the host";
}

TEST_F(NetworksTest, APortOfTheHostIsChosenAndStays) {
    start(server("a", on_public(), {"8080"}));
    start(server("b", on_public(), {"8080", "udp:53"}));
    EXPECT_EQ(host_port("a"), 20'000);
    EXPECT_EQ(host_port("b"), 20'001);
    EXPECT_EQ(from_outside("10.99.0.1", 20'000), "a\n");
    EXPECT_EQ(from_outside("10.99.0.1", 20'001), "b\n");
    const std::string address = address_of("a");
    api_->stop("a");
    api_->start("a");
    EXPECT_EQ(host_port("a"), 20'000);
    EXPECT_EQ(address_of("a"), address);
    EXPECT_EQ(from_outside("10.99.0.1", 20'000), "a\n");
}

TEST_F(NetworksTest, PortsChangeWhileItRuns) {
    start(server("web", on_public(), {"8080:8000"}));
    ASSERT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    potctl({"export-ports", "-p", "web", "-e", "8080:9000"});
    EXPECT_EQ(from_outside("10.99.0.1", 9000), "web\n");
    EXPECT_EQ(lab_->fetch_from_outside("10.99.0.1", 8000), "");
    potctl({"export-ports", "web", "--add", "8080:8000"});
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_THAT(potctl({"show", "-p", "web"}),
                AllOf(HasSubstr("9000->8080/tcp"), HasSubstr("8000->8080/tcp")));
    EXPECT_THAT(potctl({"ps"}), HasSubstr("9000->8080/tcp"));
    potctl({"export-ports", "web", "--clear"});
    EXPECT_EQ(lab_->fetch_from_outside("10.99.0.1", 9000), "");
    EXPECT_EQ(from_host(address_of("web"), 8080), "web\n");
}

TEST_F(NetworksTest, APortThatAProcessHasIsRefusedWithItsName) {
    const Listener listener(7000), another(7001);
    const std::string owner = "(pid " + std::to_string(::getpid()) + ")";
    api_->create(server("web", on_public(), {"8080:8000", "8080:7000"}));
    const Response refused = api_->act("web", "start");
    EXPECT_EQ(refused.status, 409) << refused.describe();
    EXPECT_EQ(problem_field(refused), "ports[1].host");
    EXPECT_THAT(refused.json()["detail"].get<std::string>(), AllOf(HasSubstr("7000"), HasSubstr(owner)));
    EXPECT_EQ(api_->inspect("web")["state"], "failed");
    EXPECT_EQ(lab_->fetch_from_outside("10.99.0.1", 8000), "") << "nothing of it is left";
    start(server("other", on_public(), {"8080:8001"}));
    const Response change = api_->request("PATCH", "/v1/pots/other", {{"ports", {"8080:7001"}}});
    EXPECT_EQ(change.status, 409) << change.describe();
    EXPECT_EQ(problem_field(change), "ports[0].host");
    EXPECT_THAT(change.json()["detail"].get<std::string>(), HasSubstr(owner));
    EXPECT_EQ(from_outside("10.99.0.1", 8001), "other\n") << "as it was";
}

TEST_F(NetworksTest, CountsWhatGoesToAPotAndFromIt) {
    start(server("web", on_public(), {"8080:8000"}));
    start(server("none", {{"type", "none"}}));
    start(server("host", {{"type", "inherit"}}));
    ASSERT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    const Json network = stats_of("web")["network"];
    EXPECT_GT(network["rx_packets"], 0);
    EXPECT_GT(network["tx_bytes"], 0);
    ASSERT_EQ(network["interfaces"].size(), 1U);
    EXPECT_EQ(network["interfaces"][0]["name"], "eth0");
    EXPECT_EQ(network["interfaces"][0]["rx_bytes"], network["rx_bytes"]);
    // It remembers for a while what has ended; what it counts may be a second old.
    EXPECT_TRUE(wait_until([&] { return stats_of("web")["network"]["connections"].get<int>() > 0; }));
    EXPECT_EQ(stats_of("none")["network"]["rx_bytes"], 0) << "loopback does not count";
    EXPECT_EQ(stats_of("none")["network"]["connections"], nullptr);
    EXPECT_EQ(stats_of("host")["network"]["rx_bytes"], nullptr);
    EXPECT_EQ(stats_of("host")["network"]["interfaces"], Json::array());
}

TEST_F(NetworksTest, RatesAreKeptAndChangeWhileItRuns) {
    const auto listener = lab_->take_datagrams(9000);
    Json slow = server("web", on_public());
    slow["limits"] = {{"network_tx", "50K"}};
    start(slow);
    const auto passed = [&] {
        const std::int64_t before = lab_->received_outside();
        const std::int64_t sent = stats_of("web")["network"]["tx_bytes"];
        inside("web",
               "for i in {1..2000}; do printf %1000s x; done > /tmp/two &&"
               "dd if=/tmp/two bs=1000 > /dev/udp/10.99.0.9/9000 2> /dev/null");
        EXPECT_GE(stats_of("web")["network"]["tx_bytes"].get<std::int64_t>() - sent, 2'000'000);
        return lab_->received_outside() - before;
    };
    EXPECT_LT(passed(), 1'000'000) << "it may take ten seconds for it";
    potctl({"set-rss", "-p", "web", "--network-tx", "none"});
    EXPECT_GE(passed(), 2'000'000);
    potctl({"set-rss", "-p", "web", "--network-tx", "50K", "--network-rx", "1M"});
    EXPECT_LT(passed(), 1'000'000);
    EXPECT_THAT(potctl({"info", "-vp", "web"}), AllOf(HasSubstr("network_tx"), HasSubstr("network_rx")));
    potd.kill9();
    start_potd_again();
    EXPECT_LT(passed(), 1'000'000) << "as it was recorded";
    EXPECT_THAT(rules(), HasSubstr("rate over"));
    api_->stop("web");
    EXPECT_THAT(rules(), Not(HasSubstr("rate over")));
}

TEST_F(NetworksTest, PrivateBridgesKeepPotsApart) {
    make_bridge("back", {{"hosts", 30}});
    start(server("db", on_private("back")));
    Json both = on_public();
    both["interfaces"] = Json::array({{{"bridge", "back"}}});
    start(server("app", both, {"8080:8000"}));
    start(server("stranger", on_public()));
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "app\n");
    EXPECT_EQ(inside("app", "ls /sys/class/net"), "eth0\neth1\nlo\n");
    EXPECT_EQ(from_pot("app", address_of("db"), 8080), "db\n");
    EXPECT_EQ(from_pot("stranger", address_of("db"), 8080), "") << "there is no way between bridges";
    EXPECT_EQ(from_pot("stranger", address_of("db", true), 8080), "");
    EXPECT_EQ(api_->expect(200, "GET", "/v1/networks/back")["used_by"].size(), 2U);
    potctl({"export-ports", "-p", "db", "-e", "8080:8002"});
    EXPECT_EQ(from_pot("stranger", "10.99.0.1", 8002), "db\n") << "but by a published port";
}

TEST_F(NetworksTest, PotsOfAnIsolatedBridgeDoNotReachEachOther) {
    make_bridge("apart", {{"isolated", true}});
    start(server("a", on_private("apart"), {"8080:8000"}));
    start(server("b", on_private("apart")));
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "a\n");
    EXPECT_EQ(from_host(address_of("b"), 8080), "b\n");
    EXPECT_EQ(from_pot("b", address_of("a"), 8080), "");
    EXPECT_EQ(from_pot("b", address_of("a", true), 8080), "");
}

TEST_F(NetworksTest, ABridgeStaysWhileAPotIsOnIt) {
    potctl({"create-private-bridge", "-B", "back", "-S", "6"});
    potctl({"vnet-start", "-B", "back"});
    EXPECT_EQ(lab_->interfaces().size(), before_.size() + 1);
    potctl({"create", "-p", "db", "-b", "host", "-N", "private-bridge", "-B", "back", "-S", "ipv4", "--",
            "sleep", "inf"});
    made_.emplace_back("db");
    const std::string address = address_of("db");
    EXPECT_THAT(potctl({"info", "-E", "db"}),
                AllOf(HasSubstr("export _POT_BRIDGE=back\n"), HasSubstr("export _POT_IP=" + address)));
    EXPECT_THAT(potctl({"list", "-B"}), AllOf(HasSubstr("back"), HasSubstr("/29"), HasSubstr("db")));
    EXPECT_THAT(potctl({"destroy", "-B", "back"}, 4), HasSubstr("used by db"));
    potctl({"start", "db"});
    EXPECT_THAT(potctl({"destroy", "-B", "back"}, 4), HasSubstr("used by db"));
    potctl({"stop", "db"});
    potctl({"clone", "-P", "db", "-p", "copy", "-F"});
    made_.emplace_back("copy");
    EXPECT_NE(address_of("copy"), address);
    potctl({"destroy", "-F", "copy"});
    potctl({"destroy", "-F", "db"});
    potctl({"destroy", "-B", "back"});
    EXPECT_TRUE(wait_until([&] { return lab_->interfaces() == before_; }));
}

TEST_F(NetworksTest, IsReachedWhilePotdIsDownAndAfterIt) {
    start(server("web", on_public(), {"8080:8000"}));
    ASSERT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    const Json pid = api_->inspect("web")["run"]["pid"];
    const std::string address = address_of("web");
    potd.kill9();
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n") << "it needs no potd";
    start_potd_again();
    EXPECT_EQ(api_->inspect("web")["run"]["pid"], pid);
    EXPECT_EQ(address_of("web"), address);
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_EQ(problem_field(api_->request("POST", "/v1/pots", server("other", on_public(), {"80:8000"}))),
              "ports[0].host")
        << "the port is still its own";
    potctl({"export-ports", "web", "-e", "8080:9000"});
    EXPECT_EQ(from_outside("10.99.0.1", 9000), "web\n");
}

TEST_F(NetworksTest, WhatAStrangerFlushesComesBackAtOnceOrWithTheNextPotd) {
    start(server("web", on_public(), {"8080:8000"}));
    ASSERT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    auto nft = platform::Nft::open();
    ASSERT_TRUE(nft);
    const std::string flush = "add table inet stranger\nflush ruleset\nadd table inet stranger\n";
    ASSERT_TRUE(nft->run(flush));
    EXPECT_TRUE(wait_until([&] { return potd.log().find("are as before again") != std::string::npos; }));
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    potd.kill9();
    ASSERT_TRUE(nft->run(flush));
    EXPECT_EQ(lab_->fetch_from_outside("10.99.0.1", 8000), "") << "there is no potd to mend it";
    start_potd_again();
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_THAT(tables(), HasSubstr("stranger")) << "what is not potd's stays";
}

TEST_F(NetworksTest, ABridgeThatAStrangerRemovesComesBackAtOnce) {
    start(server("web", on_public(), {"8080:8000"}));
    start(server("other", on_public()));
    ASSERT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    const auto remove = [&](const char* kind) {
        for (const std::string& name : lab_->interfaces()) {
            const std::string words = "busybox ip link del " + name;
            if (name.starts_with(kind)) return std::system(words.c_str());  // NOLINT: of the test's own words
        }
        return -1;
    };
    ASSERT_EQ(remove("pb"), 0);
    EXPECT_TRUE(
        wait_until([&] { return potd.log().find("is there again with its members") != std::string::npos; }));
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    EXPECT_EQ(from_outside("fd99::1", 8000), "web\n");
    EXPECT_EQ(from_pot("other", address_of("web"), 8080), "web\n");
    ASSERT_EQ(remove("pv"), 0);
    EXPECT_TRUE(wait_until([&] {
        const std::vector<Json> events = all_events(*api_);
        return std::count_if(events.begin(), events.end(), [](const Json& one) {
                   return one["type"] == "pot.interface_lost" && one["details"]["network"] == "public";
               }) == 1;
    }));
    EXPECT_TRUE(potd.log().find("somebody removed its interface on bridge public") != std::string::npos);
}

TEST_F(NetworksTest, AFixedHardwareAddressIsOnePotsOnItsBridge) {
    Json fixed = on_public();
    fixed["mac"] = "02:00:5e:10:00:01";
    start(server("web", fixed));
    EXPECT_EQ(inside("web", "cat /sys/class/net/eth0/address"), "02:00:5e:10:00:01\n");
    const Response taken = api_->request("POST", "/v1/pots", server("other", fixed));
    EXPECT_EQ(taken.status, 409) << taken.describe();
    EXPECT_EQ(problem_field(taken), "network.mac");
    EXPECT_THAT(taken.json().value("detail", ""),
                HasSubstr("the hardware address of pot web on bridge public"));
    api_->stop("web");
    made_.emplace_back("copy");
    EXPECT_THAT(potctl({"clone", "-P", "web", "-p", "copy", "-F"}, 4), HasSubstr("02:00:5e:10:00:01"));
    potctl({"clone", "-P", "web", "-p", "copy", "-F", "--mac", "02:00:5e:10:00:02"});
    potctl({"start", "copy"});
    EXPECT_EQ(inside("copy", "cat /sys/class/net/eth0/address"), "02:00:5e:10:00:02\n");
}

TEST_F(NetworksTest, LeavesNothingWhenPotdAndItsMonitorAreKilled) {
    start(server("web", on_public(), {"8080:8000"}));
    ASSERT_EQ(from_outside("10.99.0.1", 8000), "web\n");
    const pid_t main = api_->inspect("web")["run"]["pid"];
    const pid_t monitor = monitor_of(main);
    ASSERT_GT(monitor, 1);
    potd.kill9();
    ::kill(monitor, SIGKILL);
    start_potd_again();
    EXPECT_EQ(api_->wait("web")["lost"], true);
    EXPECT_EQ(lab_->fetch_from_outside("10.99.0.1", 8000), "");
    EXPECT_TRUE(wait_until([&] { return lab_->interfaces().size() == before_.size() + 1; }))
        << "the bridge alone";
    api_->start("web");
    EXPECT_EQ(from_outside("10.99.0.1", 8000), "web\n");
}

TEST_F(NetworksTest, EightClientsAtOnceNeverGetTheSame) {
    make_bridge("small", {{"ipv4", "10.99.64.0/27"}, {"ipv6", "none"}});
    constexpr int clients = 8, each = 5;
    constexpr std::size_t room = 29;  // 30 hosts, of which one is the gateway
    for (int i = 0; i < clients * each; ++i) made_.push_back("p" + std::to_string(i));
    std::array<std::vector<Response>, clients> answers;
    {
        std::vector<JoiningThread> threads;
        threads.reserve(clients);
        for (int c = 0; c < clients; ++c) {
            threads.emplace_back([&, c] {
                PotApi api(potd.socket());
                for (int i = 0; i < each; ++i) {
                    const Json spec = {{"name", "p" + std::to_string(c * each + i)},
                                       {"base", "host"},
                                       {"network", on_private("small")},
                                       {"ports", {"80"}}};
                    answers.at(c).push_back(api.request("POST", "/v1/pots", spec));
                }
            });
        }
    }
    std::set<std::string> leased;
    std::size_t made = 0;
    for (const auto& of_client : answers) {
        for (const Response& answer : of_client) {
            EXPECT_TRUE(answer.status == 201 || answer.status == 507) << answer.describe();
            if (answer.status != 201) continue;
            ++made;
            const Json pot = answer.json();
            EXPECT_TRUE(leased.insert(pot["addresses"][0]["address"]).second) << pot;
            EXPECT_TRUE(leased.insert(pot["ports"][0]["host"].dump()).second) << pot;
        }
    }
    EXPECT_EQ(made, room);
}

TEST_F(NetworksTest, HealthChecksAndExecAreInThePotsNetwork) {
    Json spec = server("web", on_public());
    spec["health"] = {{"http", {{"port", 8080}, {"path", "/ok"}}}, {"interval", "100ms"}};
    start(spec);
    EXPECT_TRUE(wait_until([&] { return api_->inspect("web")["health"] == "healthy"; }));
    const Json got = api_->exec("web", sh("busybox wget -q -O- http://127.0.0.1:8080/ok"));
    EXPECT_EQ(got["stdout"], "web\n") << got;
}

TEST_F(NetworksTest, MistakesAreRefusedByTheirField) {
    const auto bridge = [&](Json request) {
        request["name"] = "bad";
        const Response answer = api_->request("POST", "/v1/networks", request);
        return problem_field(answer) + " " + answer.json().value("detail", "");
    };
    EXPECT_THAT(bridge({{"ipv4", "10.99.0.0/25"}}), AllOf(HasSubstr("ipv4 "), HasSubstr("uplink")));
    EXPECT_THAT(bridge({{"ipv4", "10.20.0.1/24"}}), AllOf(HasSubstr("ipv4 "), HasSubstr("10.20.0.0/24")));
    EXPECT_THAT(bridge({{"hosts", 1}}), HasSubstr("hosts "));
    const auto pot = [&](const Json& network, const Json& ports = Json::array()) {
        return problem_field(api_->request("POST", "/v1/pots", server("bad", network, ports)));
    };
    EXPECT_EQ(pot(on_private("none")), "network.bridge");
    EXPECT_EQ(pot({{"type", "private-bridge"}}), "network.bridge");
    EXPECT_EQ(pot({{"type", "public-bridge"}, {"ipv4", "10.1.2.3"}}), "network.ipv4");
    EXPECT_EQ(pot(on_public(), {"80:0"}), "ports[0]");
    EXPECT_EQ(pot(on_public(), {"80:70000"}), "ports[0]");
    EXPECT_EQ(pot(on_public(), {"80:8000", "81:8000"}), "ports[1].host");
    EXPECT_EQ(pot({{"type", "inherit"}}, {"80"}), "ports[0]");
    const auto limited = [&](const Json& network, const Json& limits) {
        Json spec = server("bad", network);
        spec["limits"] = limits;
        return problem_field(api_->request("POST", "/v1/pots", spec));
    };
    EXPECT_EQ(limited({{"type", "inherit"}}, {{"network_rx", "1M"}}), "limits.network_rx");
    EXPECT_EQ(limited(on_public(), {{"network_tx", 100}}), "limits.network_tx");
    EXPECT_EQ(limited(on_public(), {{"network_tx", "fast"}}), "limits.network_tx");
    EXPECT_EQ(api_->request("GET", "/v1/pots/bad").status, 404);
}

}  // namespace
}  // namespace potd::test
