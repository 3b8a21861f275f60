// What the firewall lets through, with real packets: a host with two bridges and four pots, and a client
// outside, each in a network namespace of its own.
#include "daemon/platform/linux/firewall_text.hpp"
#include "daemon/platform/linux/kernel_bridges.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"
#include "daemon/platform/linux/nft.hpp"
#include "tests/integration/network/net_space.hpp"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {
namespace {

using platform::FirewallPort;

core::IpNetwork net(const std::string& text) {
    return core::parse_ip_network(text, "network").value();
}

core::IpAddress address(const std::string& text) {
    return core::parse_ip_address(text).value();
}

constexpr std::uint16_t inside = 80;

struct TestPot {
    std::string link;  ///< of the host
    std::array<std::uint8_t, 6> hardware;
    std::string ipv4, ipv6;
    std::unique_ptr<NetSpace> space = std::make_unique<NetSpace>();
    std::vector<std::unique_ptr<Answerer>> answerers = {};
};

class FirewallPacketsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "network namespaces need root";
        host_ = std::make_unique<NetSpace>();
        client_ = std::make_unique<NetSpace>();
        std::string missing;
        host_->run([&] {
            if (auto nft = platform::Nft::open(); !nft) missing = nft.error().message;
        });
        if (!missing.empty()) GTEST_SKIP() << missing;
        lay_cable(*host_, "up0", 0, *client_, "eth0", {2, 0, 0, 0, 9, 1});
        host_->set("ipv6/conf/up0/accept_dad", "0");
        client_->set("ipv6/conf/eth0/accept_dad", "0");
        host_->set_up("up0", {"198.51.100.1/24", "2001:db8::1/64"});
        client_->set_up("eth0", {"198.51.100.2/24", "2001:db8::2/64"});
        host_->set("ipv4/ip_forward", "1");
        host_->set("ipv6/conf/all/forwarding", "1");
        make_bridge("web", "10.1.0.0/24", "fd01::/64", false);
        make_bridge("apart", "10.2.0.0/24", "fd02::/64", true);
        run(platform::whole_tables(table_, shown_));
        for (int i = 0; i < 4; ++i) make_pot(i);
    }

    void make_bridge(const std::string& name, const std::string& ipv4, const std::string& ipv6,
                     bool isolated) {
        core::Bridge bridge;
        bridge.name = name;
        bridge.ipv4 = core::bridge_network(net(ipv4));
        bridge.ipv6 = core::bridge_network(net(ipv6));
        bridge.isolated = isolated;
        host_->run([&] {
            const auto made = bridges_.ensure(bridge);
            ASSERT_TRUE(made) << made.error().message;
        });
        shown_.push_back({bridges_.link_of(name), net(ipv4), net(ipv6), isolated});
    }

    /// 0 and 1 on the bridge web, 2 and 3 on the isolated one; with addresses that end in .2 and .3.
    void make_pot(int number) {
        const bool isolated = number >= 2;
        const std::string last = std::to_string(2 + number % 2);
        const std::string of = isolated ? "2" : "1";
        TestPot& pot = pots_.emplace_back(TestPot{"pv" + std::to_string(number),
                                                  {2, 0, 0, 0, 1, static_cast<std::uint8_t>(number)},
                                                  "10." + of + ".0." + last,
                                                  "fd0" + of + "::" + last});
        const std::string bridge = bridges_.link_of(isolated ? "apart" : "web");
        lay_cable(*host_, pot.link, link_number(*host_, bridge), *pot.space, "eth0", pot.hardware);
        const std::uint32_t link = link_number(*host_, pot.link);
        host_->run([&] {
            auto socket = platform::NetlinkSocket::open();
            ASSERT_TRUE(socket);
            const auto done = socket->ask(platform::set_member(link, isolated));
            ASSERT_TRUE(done) << done.error().message;
        });
        pot.space->set("ipv6/conf/eth0/accept_dad", "0");
        pot.space->set_up("eth0", {pot.ipv4 + "/24", pot.ipv6 + "/64"});
        pot.space->add_gateway("eth0", "10." + of + ".0.1");
        pot.space->add_gateway("eth0", "fd0" + of + "::1");
        for (const int type : {SOCK_STREAM, SOCK_DGRAM})
            pot.answerers.push_back(std::make_unique<Answerer>(*pot.space, type, inside));
        run(platform::add_member(table_, {pot.link, pot.hardware, {address(pot.ipv4), address(pot.ipv6)}}));
    }

    void run(const std::string& commands) {
        host_->run([&] {
            auto nft = platform::Nft::open();
            ASSERT_TRUE(nft) << nft.error().message;
            const auto done = nft->run(commands);
            ASSERT_TRUE(done) << done.error().message << "\n" << commands;
        });
    }
    /// The same port of both families and protocols.
    void publish(std::uint16_t port, const TestPot& pot) {
        std::vector<FirewallPort> ports;
        for (const char* protocol : {"tcp", "udp"})
            for (const std::string& target : {pot.ipv4, pot.ipv6})
                ports.push_back({protocol, std::nullopt, port, address(target), inside});
        run(platform::add_ports(table_, ports));
        published_ = ports;
    }

    const platform::KernelBridges bridges_{"potd"};
    const std::string table_ = platform::table_name("potd");
    std::vector<platform::FirewallBridge> shown_;
    std::vector<platform::FirewallPort> published_;
    std::unique_ptr<NetSpace> host_, client_;
    std::vector<TestPot> pots_;
};

using Answer = std::optional<std::string>;
constexpr std::array both{SOCK_STREAM, SOCK_DGRAM};

TEST_F(FirewallPacketsTest, PotsOfOneBridgeReachEachOther) {
    for (const int type : both) {
        EXPECT_EQ(asked(*pots_[0].space, type, pots_[1].ipv4, inside), Answer(pots_[0].ipv4));
        EXPECT_EQ(asked(*pots_[0].space, type, pots_[1].ipv6, inside), Answer(pots_[0].ipv6));
        EXPECT_EQ(asked(*host_, type, pots_[0].ipv4, inside), Answer("10.1.0.1")) << "the host reaches them";
    }
}

TEST_F(FirewallPacketsTest, PotsOfAnIsolatedOneDoNot) {
    for (const int type : both) {
        EXPECT_EQ(asked_in_vain(*pots_[2].space, type, pots_[3].ipv4, inside), Answer());
        EXPECT_EQ(asked_in_vain(*pots_[2].space, type, pots_[3].ipv6, inside), Answer());
        EXPECT_EQ(asked(*host_, type, pots_[2].ipv6, inside), Answer("fd02::1"));
    }
}

TEST_F(FirewallPacketsTest, PotsOfDifferentBridgesDoNot) {
    EXPECT_EQ(asked_in_vain(*pots_[0].space, SOCK_STREAM, pots_[2].ipv4, inside), Answer());
    EXPECT_EQ(asked_in_vain(*pots_[2].space, SOCK_DGRAM, pots_[0].ipv6, inside), Answer());
}

TEST_F(FirewallPacketsTest, WhatLeavesHasTheHostsAddress) {
    const Answerer tcp(*client_, SOCK_STREAM, 9000), udp(*client_, SOCK_DGRAM, 9000);
    for (const int type : both) {
        EXPECT_EQ(asked(*pots_[0].space, type, "198.51.100.2", 9000), Answer("198.51.100.1"));
        EXPECT_EQ(asked(*pots_[2].space, type, "2001:db8::2", 9000), Answer("2001:db8::1"));
    }
}

TEST_F(FirewallPacketsTest, FromOutsideOnlyPublishedPortsAreReached) {
    client_->add_gateway("eth0", "198.51.100.1");
    client_->add_gateway("eth0", "2001:db8::1");
    EXPECT_EQ(asked_in_vain(*client_, SOCK_STREAM, pots_[0].ipv4, inside), Answer())
        << "a route does not help";
    EXPECT_EQ(asked_in_vain(*client_, SOCK_STREAM, pots_[0].ipv6, inside), Answer());
    EXPECT_EQ(asked_in_vain(*client_, SOCK_STREAM, "198.51.100.1", 8080), Answer());
    publish(8080, pots_[0]);
    for (const int type : both) {
        EXPECT_EQ(asked(*client_, type, "198.51.100.1", 8080), Answer("198.51.100.2"));
        EXPECT_EQ(asked(*client_, type, "2001:db8::1", 8080), Answer("2001:db8::2"));
    }
    run(platform::remove_ports(table_, published_));
    EXPECT_EQ(asked_in_vain(*client_, SOCK_STREAM, "198.51.100.1", 8080), Answer());
}

TEST_F(FirewallPacketsTest, APublishedPortIsReachedFromEverywhere) {
    publish(8080, pots_[0]);
    for (const int type : both) {
        for (const char* of_host : {"198.51.100.1", "127.0.0.1", "10.1.0.1", "2001:db8::1"})
            EXPECT_TRUE(asked(*host_, type, of_host, 8080)) << "the host, by " << of_host;
        for (const TestPot& pot : pots_) {
            EXPECT_TRUE(asked(*pot.space, type, "198.51.100.1", 8080)) << pot.ipv4;
            EXPECT_TRUE(asked(*pot.space, type, "2001:db8::1", 8080)) << pot.ipv6;
        }
    }
}

TEST_F(FirewallPacketsTest, APortOfOneAddressIsOfThatAlone) {
    run(platform::add_ports(table_,
                            {{"tcp", address("198.51.100.1"), 8080, address(pots_[0].ipv4), inside}}));
    EXPECT_TRUE(asked(*client_, SOCK_STREAM, "198.51.100.1", 8080));
    EXPECT_FALSE(asked_in_vain(*host_, SOCK_STREAM, "127.0.0.1", 8080));
}

TEST_F(FirewallPacketsTest, ATakenPortIsRefusedAndNothingIsAdded) {
    publish(8080, pots_[0]);
    host_->run([&] {
        auto nft = platform::Nft::open();
        ASSERT_TRUE(nft);
        EXPECT_FALSE(nft->run(
            platform::add_ports(table_, {{"tcp", std::nullopt, 8081, address(pots_[1].ipv4), inside},
                                         {"tcp", std::nullopt, 8080, address(pots_[1].ipv4), inside}})));
    });
    EXPECT_FALSE(asked_in_vain(*client_, SOCK_STREAM, "198.51.100.1", 8081));
}

TEST_F(FirewallPacketsTest, APotSpeaksWithItsOwnAddressAlone) {
    pots_[0].space->set_up("eth0", {"10.1.0.77/24", "fd01::77/64"});
    EXPECT_EQ(asked_in_vain(*pots_[0].space, SOCK_DGRAM, pots_[1].ipv4, inside, "10.1.0.77"), Answer());
    EXPECT_EQ(asked_in_vain(*pots_[0].space, SOCK_DGRAM, pots_[1].ipv6, inside, "fd01::77"), Answer());
    EXPECT_EQ(asked_in_vain(*pots_[1].space, SOCK_DGRAM, "10.1.0.77", inside), Answer())
        << "nobody learns that it has it";
    EXPECT_EQ(asked_in_vain(*pots_[1].space, SOCK_DGRAM, "fd01::77", inside), Answer());
    EXPECT_EQ(asked(*pots_[0].space, SOCK_DGRAM, pots_[1].ipv4, inside, pots_[0].ipv4),
              Answer(pots_[0].ipv4));
}

TEST_F(FirewallPacketsTest, APotThatTakesAnothersAddressGetsNothingOfIts) {
    ASSERT_TRUE(asked(*host_, SOCK_DGRAM, pots_[1].ipv4, inside));
    pots_[0].space->set_up("eth0", {pots_[1].ipv4 + "/24", pots_[1].ipv6 + "/64"});
    // It says so to everybody, which is what taking an address is.
    for (const char* key : {"ipv4/conf/eth0/arp_notify", "ipv6/conf/eth0/ndisc_notify"})
        pots_[0].space->set(key, "1");
    pots_[0].answerers.clear();
    for (const int type : both) {
        EXPECT_TRUE(asked(*host_, type, pots_[1].ipv4, inside)) << "the true one answers";
        EXPECT_TRUE(asked(*host_, type, pots_[1].ipv6, inside));
    }
}

TEST_F(FirewallPacketsTest, NothingFromAPotReachesTheHostsLoopback) {
    const Answerer service(*host_, SOCK_DGRAM, 9001);
    pots_[0].space->set("ipv4/conf/all/route_localnet", "1");
    ASSERT_TRUE(asked(*host_, SOCK_DGRAM, "127.0.0.1", 9001));
    pots_[0].space->run([] {
        ASSERT_EQ(::system("ip route del table local 127.0.0.0/8 dev lo && ip addr del 127.0.0.1/8 dev lo &&"
                           "ip route add 127.0.0.0/8 via 10.1.0.1"),  // NOLINT: the test's own words
                  0);
    });
    EXPECT_EQ(asked_in_vain(*pots_[0].space, SOCK_DGRAM, "127.0.0.1", 9001, pots_[0].ipv4), Answer());
}

TEST_F(FirewallPacketsTest, AMemberGoesWithoutATrace) {
    run(platform::remove_member(table_, pots_[0].link));
    host_->run([&] {
        auto nft = platform::Nft::open();
        ASSERT_TRUE(nft);
        const auto listed = nft->ask("list ruleset");
        ASSERT_TRUE(listed);
        EXPECT_EQ(listed->find("pv0"), std::string::npos) << *listed;
        EXPECT_NE(listed->find("pv1"), std::string::npos);
    });
}

}  // namespace
}  // namespace potd::test
