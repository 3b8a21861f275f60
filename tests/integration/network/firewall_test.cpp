// What the firewall lets through, with real packets: a host with two bridges and four pots, and a client
// outside, each in a network namespace of its own.
#include "daemon/platform/linux/firewall_text.hpp"
#include "daemon/platform/linux/kernel_bridges.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"
#include "daemon/platform/linux/nft.hpp"
#include "tests/integration/network/net_space.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
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
    /// The client is the router that knows of it.
    void route_first_bridge() {
        client_->add_gateway("eth0", "2001:db8::1");
        shown_[0].routed = true;
        std::string text = platform::whole_tables(table_, shown_);
        for (const TestPot& pot : pots_)
            text += platform::add_member(table_,
                                         {pot.link, pot.hardware, {address(pot.ipv4), address(pot.ipv6)}});
        run(text);
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

/// CRC32c (RFC 9260, appendix A), which SCTP sends with the lowest byte first.
std::uint32_t sctp_sum(const std::vector<std::uint8_t>& packet) {
    std::uint32_t sum = ~0U;
    for (const std::uint8_t byte : packet) {
        sum ^= byte;
        for (int i = 0; i < 8; ++i) sum = (sum >> 1U) ^ ((sum & 1U) != 0 ? 0x82f63b78U : 0U);
    }
    return ~sum;
}

/// What an association begins with.
std::vector<std::uint8_t> sctp_init(std::uint16_t from, std::uint16_t to) {
    const auto high = [](std::uint16_t port) { return static_cast<std::uint8_t>(port >> 8U); };
    const auto low = [](std::uint16_t port) { return static_cast<std::uint8_t>(port); };
    std::vector<std::uint8_t> packet{high(from), low(from), high(to), low(to), 0, 0, 0, 0, 0, 0, 0, 0};
    // INIT of 20 bytes: its tag, 64 KiB, one stream each way, the first number.
    const std::vector<std::uint8_t> chunk{1, 0, 0, 20, 0, 0, 0, 7, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 9};
    packet.insert(packet.end(), chunk.begin(), chunk.end());
    const std::uint32_t sum = sctp_sum(packet);
    for (std::size_t i = 0; i < 4; ++i) packet[8 + i] = static_cast<std::uint8_t>(sum >> (8U * i));
    return packet;
}

/// What ends frames of this file, but for one letter.
constexpr std::array<std::uint8_t, 4> ending{0xfa, 0xce, 0xb0, 0x0c};

/// A frame of IPv4 from an address, of a protocol that nobody has; `type`: of Ethernet, or of what is behind
/// the tag of a network.
std::vector<std::uint8_t> frame_of(const std::array<std::uint8_t, 6>& to,
                                   const std::array<std::uint8_t, 6>& from, const std::string& ipv4,
                                   char letter, const std::vector<std::uint8_t>& type = {8, 0}) {
    std::vector<std::uint8_t> frame(to.begin(), to.end());
    const core::IpAddress sender = address(ipv4);
    frame.insert(frame.end(), from.begin(), from.end());
    frame.insert(frame.end(), type.begin(), type.end());
    std::vector<std::uint8_t> header{0x45, 0, 0, 25, 0, 0, 0, 0, 64, 253, 0, 0};
    header.insert(header.end(), sender.bytes.begin(), sender.bytes.begin() + 4);
    header.insert(header.end(), 4, 255);
    // Where the firewall of IPv4 sees frames of bridges, too (br_netfilter), it looks at the sum.
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < header.size(); i += 2) sum += header[i] * 256U + header[i + 1];
    sum = ~((sum & 0xffffU) + (sum >> 16U));
    header[10] = static_cast<std::uint8_t>(sum >> 8U);
    header[11] = static_cast<std::uint8_t>(sum);
    frame.insert(frame.end(), header.begin(), header.end());
    frame.insert(frame.end(), ending.begin(), ending.end());
    frame.push_back(static_cast<std::uint8_t>(letter));
    return frame;
}

void put_on(const platform::UniqueFd& link, const std::vector<std::uint8_t>& frame) {
    EXPECT_EQ(::send(link.get(), frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
}

/// The letters of such frames, until nothing has come for a moment.
std::string heard(const platform::UniqueFd& link) {
    std::string letters;
    std::array<std::uint8_t, 2048> frame{};
    for (;;) {
        pollfd entry{link.get(), POLLIN, 0};
        if (::poll(&entry, 1, 300) <= 0) return letters;
        const ssize_t got = ::recv(link.get(), frame.data(), frame.size(), 0);
        const auto* const end = frame.cbegin() + std::max<ssize_t>(got, 0);
        const auto* const found = std::search(frame.cbegin(), end, ending.begin(), ending.end());
        if (end - found > static_cast<std::ptrdiff_t>(ending.size()))
            letters += static_cast<char>(found[ending.size()]);
    }
}

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

TEST_F(FirewallPacketsTest, WhatLeavesARoutedBridgeHasThePotsAddress) {
    route_first_bridge();
    const Answerer tcp(*client_, SOCK_STREAM, 9000), udp(*client_, SOCK_DGRAM, 9000);
    for (const int type : both) {
        EXPECT_EQ(asked(*pots_[0].space, type, "2001:db8::2", 9000), Answer(pots_[0].ipv6));
        EXPECT_EQ(asked(*pots_[0].space, type, "198.51.100.2", 9000), Answer("198.51.100.1"));
        EXPECT_EQ(asked(*pots_[2].space, type, "2001:db8::2", 9000), Answer("2001:db8::1")) << "the other";
    }
}

TEST_F(FirewallPacketsTest, OfARoutedBridgeOpeningsAloneAreReached) {
    route_first_bridge();
    EXPECT_EQ(asked_in_vain(*client_, SOCK_STREAM, pots_[0].ipv6, inside), Answer());
    EXPECT_EQ(asked_in_vain(*pots_[2].space, SOCK_STREAM, pots_[0].ipv6, inside), Answer());
    publish(8080, pots_[0]);
    EXPECT_EQ(asked(*client_, SOCK_STREAM, "2001:db8::1", 8080), Answer("2001:db8::2"));
    EXPECT_TRUE(asked(*pots_[1].space, SOCK_STREAM, "2001:db8::1", 8080)) << "on the same bridge";
    EXPECT_EQ(asked_in_vain(*client_, SOCK_STREAM, pots_[0].ipv6, inside), Answer()) << "of a host's address";
    const std::vector<platform::FirewallOpening> open{{address(pots_[0].ipv6), "tcp", inside},
                                                      {address(pots_[0].ipv6), "udp", inside}};
    run(platform::add_openings(table_, open));
    for (const int type : both) {
        EXPECT_EQ(asked(*client_, type, pots_[0].ipv6, inside), Answer("2001:db8::2"));
        EXPECT_EQ(asked(*pots_[2].space, type, pots_[0].ipv6, inside), Answer(pots_[2].ipv6));
    }
    EXPECT_EQ(asked_in_vain(*client_, SOCK_STREAM, pots_[1].ipv6, inside), Answer()) << "not the other pot";
    run(platform::remove_openings(table_, open));
    EXPECT_EQ(asked_in_vain(*client_, SOCK_STREAM, pots_[0].ipv6, inside), Answer());
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

/// With no more than the firewall of the kernel: it has no need of SCTP itself, which many kernels lack.
TEST_F(FirewallPacketsTest, AnAssociationOfSctpIsLedToThePot) {
    run(platform::add_ports(table_, {{"sctp", std::nullopt, 8080, address(pots_[0].ipv4), inside}}));
    platform::UniqueFd pot, client;
    pots_[0].space->run([&] { pot.reset(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP)); });
    client_->run([&] { client.reset(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP)); });
    sockaddr_in host{};
    host.sin_family = AF_INET;
    ASSERT_EQ(::inet_pton(AF_INET, "198.51.100.1", &host.sin_addr), 1);
    const std::vector<std::uint8_t> sent = sctp_init(9000, 8080);
    ASSERT_EQ(::sendto(client.get(), sent.data(), sent.size(), 0, reinterpret_cast<const sockaddr*>(&host),
                       sizeof host),
              static_cast<ssize_t>(sent.size()));
    pollfd entry{pot.get(), POLLIN, 0};
    ASSERT_EQ(::poll(&entry, 1, 10'000), 1) << "nothing came";
    std::array<std::uint8_t, 256> packet{};
    const ssize_t got = ::recv(pot.get(), packet.data(), packet.size(), 0);
    constexpr std::ptrdiff_t header = 20;  // of IP
    ASSERT_EQ(got, header + static_cast<ssize_t>(sent.size()));
    EXPECT_EQ(std::vector<std::uint8_t>(packet.begin() + header, packet.begin() + got),
              sctp_init(9000, inside))
        << "another port, and its sum";
    EXPECT_EQ(std::vector<std::uint8_t>(packet.begin() + 12, packet.begin() + 16),
              (std::vector<std::uint8_t>{198, 51, 100, 2}));
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

TEST_F(FirewallPacketsTest, FramesWrittenByHandComeNoFurther) {
    constexpr std::array<std::uint8_t, 6> strangers{2, 0, 0, 0, 9, 9}, all{255, 255, 255, 255, 255, 255};
    const TestPot &one = pots_[0], &two = pots_[1], &apart = pots_[2], &other = pots_[3];
    const auto from_one = packet_socket(*one.space, "eth0"), to_two = packet_socket(*two.space, "eth0");
    const auto from_apart = packet_socket(*apart.space, "eth0"),
               to_other = packet_socket(*other.space, "eth0");
    put_on(from_one, frame_of(two.hardware, one.hardware, one.ipv4, 'a'));
    put_on(from_one, frame_of(two.hardware, strangers, one.ipv4, 'b'));
    put_on(from_one, frame_of(two.hardware, one.hardware, "10.1.0.77", 'c'));
    put_on(from_one, frame_of(two.hardware, one.hardware, two.ipv4, 'd'));
    put_on(from_one, frame_of(two.hardware, one.hardware, one.ipv4, 'e', {0x88, 0xb5}));
    put_on(from_one, frame_of(two.hardware, one.hardware, two.ipv4, 'f', {0x81, 0, 0, 1, 8, 0}));
    put_on(from_one, frame_of(all, one.hardware, one.ipv4, 'g'));
    EXPECT_EQ(heard(to_two), "ag") << "its own addresses, and nothing else";
    for (const auto& to : {other.hardware, all}) {
        put_on(from_apart, frame_of(to, apart.hardware, apart.ipv4, 'a'));
        put_on(from_apart, frame_of(to, strangers, other.ipv4, 'b'));
        put_on(from_apart, frame_of(to, apart.hardware, apart.ipv4, 'c', {0x88, 0xb5}));
    }
    EXPECT_EQ(heard(to_other), "") << "on the isolated bridge";
    apart.space->run([] {
        EXPECT_EQ(::system("ip route add 10.2.0.3 via 10.2.0.1"), 0);  // NOLINT: the test's own words
    });
    EXPECT_EQ(asked_in_vain(*apart.space, SOCK_DGRAM, other.ipv4, inside), Answer()) << "nor by the host";
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
        // NOLINTNEXTLINE: the test's own words
        ASSERT_EQ(::system("ip route del table local 127.0.0.0/8 dev lo && ip addr del 127.0.0.1/8 dev lo &&"
                           "ip route add 127.0.0.0/8 via 10.1.0.1"),
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
