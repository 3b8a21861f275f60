// Which frames of a pot on a bridge with an uplink come to the network beyond, and which of that come to the
// host: each kind by itself, written by hand.
#include "core/model/hardware_address.hpp"
#include "daemon/platform/linux/firewall_text.hpp"
#include "daemon/platform/linux/kernel_bridges.hpp"
#include "daemon/platform/linux/netlink_requests.hpp"
#include "daemon/platform/linux/netlink_socket.hpp"
#include "daemon/platform/linux/nft.hpp"
#include "tests/integration/network/net_space.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::test {
namespace {

using Frame = std::vector<std::uint8_t>;
using platform::UniqueFd;

constexpr core::HardwareAddress own{2, 0, 0, 0, 1, 1}, strangers{2, 0, 0, 0, 1, 7};
constexpr std::uint8_t udp = 17, icmp6 = 58;

core::IpAddress ip6(const std::string& text) {
    return core::parse_ip_address(text).value();
}

core::IpAddress with_end(const std::string& network, const core::HardwareAddress& hardware) {
    return core::eui64_address(ip6(network), hardware);
}

void add(Frame& frame, const auto& bytes) {
    frame.insert(frame.end(), bytes.begin(), bytes.end());
}

/// To all, of a type of Ethernet.
Frame ethernet(std::uint16_t type, const core::HardwareAddress& from = own) {
    Frame frame{0x33, 0x33, 0, 0, 0, 1};
    add(frame, from);
    add(frame, std::array{static_cast<std::uint8_t>(type >> 8U), static_cast<std::uint8_t>(type)});
    return frame;
}

Frame ipv6(const core::IpAddress& from, std::uint8_t next, const Frame& payload,
           Frame frame = ethernet(ETH_P_IPV6)) {
    add(frame, Frame{0x60, 0, 0, 0, 0, static_cast<std::uint8_t>(payload.size()), next, 255});
    add(frame, from.bytes);
    add(frame, ip6("ff02::1").bytes);
    add(frame, payload);
    return frame;
}

/// A message of the neighbour discovery: type, code, checksum, flags, target. Nobody looks at the checksum
/// here.
Frame message(std::uint8_t type, const core::IpAddress& target) {
    Frame payload{type, 0, 0, 0, 0, 0, 0, 0};
    add(payload, target.bytes);
    return payload;
}

Frame udp_payload(std::uint16_t from_port) {
    return {static_cast<std::uint8_t>(from_port >> 8U),
            static_cast<std::uint8_t>(from_port),
            0x23,
            0x28,
            0,
            8,
            0,
            0};
}

class UplinkFramesTest : public ::testing::Test {
  protected:
    void SetUp() override {
        if (::geteuid() != 0) GTEST_SKIP() << "network namespaces need root";
        host_ = std::make_unique<NetSpace>();
        beyond_ = std::make_unique<NetSpace>();
        pot_ = std::make_unique<NetSpace>();
        std::string missing;
        host_->run([&] {
            if (auto nft = platform::Nft::open(); !nft) missing = nft.error().message;
        });
        if (!missing.empty()) GTEST_SKIP() << missing;
        lay_cable(*host_, "up0", 0, *beyond_, "far0", {2, 0, 0, 0, 9, 1});
        beyond_->set("ipv6/conf/far0/disable_ipv6", "1");
        beyond_->set_up("far0", {});
        core::Bridge lan;
        lan.name = "lan";
        lan.uplink = "up0";
        host_->run([&] {
            const auto made = bridges_.ensure(lan);
            ASSERT_TRUE(made) << made.error().message;
        });
        lay_cable(*host_, "pv0", link_number(*host_, bridges_.link_of("lan")), *pot_, "eth0", own);
        pot_->set("ipv6/conf/eth0/disable_ipv6", "1");
        pot_->set_up("eth0", {});
        run(platform::whole_tables(table_, {{bridges_.link_of("lan"), {}, {}, false, "up0"}}));
        run(platform::add_member(table_, {"pv0", own, {}, true}));
        inside_ = packet_socket(*pot_, "eth0");
        outside_ = packet_socket(*beyond_, "far0");
        await_carrier();
        EXPECT_TRUE(passes(fence(), true)) << "nothing passes at all";
    }
    void run(const std::string& commands) {
        host_->run([&] {
            auto nft = platform::Nft::open();
            ASSERT_TRUE(nft) << nft.error().message;
            const auto done = nft->run(commands);
            ASSERT_TRUE(done) << done.error().message << "\n" << commands;
        });
    }
    /// The kernel notices a new cable's carrier in its own time, and until then nothing passes.
    void await_carrier() const {
        const Frame knock = ipv6(with_end("2001:db8:99::", own), udp, udp_payload(98));
        constexpr int knocks = 300;
        for (int i = 0; i < knocks; ++i) {
            EXPECT_EQ(::send(inside_.get(), knock.data(), knock.size(), 0),
                      static_cast<ssize_t>(knock.size()));
            pollfd entry{outside_.get(), POLLIN, 0};
            while (::poll(&entry, 1, 100) > 0) {
                Frame got(2048);
                const ssize_t size = ::recv(outside_.get(), got.data(), got.size(), 0);
                got.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
                if (got == knock) return;
            }
        }
    }
    static Frame fence() { return ipv6(with_end("2001:db8:99::", own), udp, udp_payload(99)); }

    /// Frames keep their order: what passes has come when the fence behind it has.
    bool passes(const Frame& frame, bool is_fence = false) {
        EXPECT_EQ(::send(inside_.get(), frame.data(), frame.size(), 0), static_cast<ssize_t>(frame.size()));
        if (is_fence) return comes(frame, frame);
        const Frame last = fence();
        EXPECT_EQ(::send(inside_.get(), last.data(), last.size(), 0), static_cast<ssize_t>(last.size()));
        return comes(frame, last);
    }
    bool comes(const Frame& frame, const Frame& last) {
        bool has_come = false;
        constexpr int patience = 10'000;
        for (;;) {
            pollfd entry{outside_.get(), POLLIN, 0};
            if (::poll(&entry, 1, patience) <= 0) {
                ADD_FAILURE() << "the fence did not come";
                return has_come;
            }
            Frame got(2048);
            got.resize(static_cast<std::size_t>(
                std::max<ssize_t>(0, ::recv(outside_.get(), got.data(), got.size(), 0))));
            // The tag of a VLAN is taken off before it is shown.
            const bool tagged = frame[12] == 0x81 && got.size() + 4 == frame.size() &&
                                std::equal(got.begin() + 12, got.end(), frame.begin() + 16);
            if (got == frame || tagged) has_come = true;
            if (got == last) return has_come;
        }
    }

    const platform::KernelBridges bridges_{"potd"};
    const std::string table_ = platform::table_name("potd");
    std::unique_ptr<NetSpace> host_, beyond_, pot_;
    UniqueFd inside_, outside_;
};

TEST_F(UplinkFramesTest, WhatEndsAsItsHardwareAddressIsItsOwn) {
    const Frame data = udp_payload(5000);
    EXPECT_TRUE(passes(ipv6(with_end("fe80::", own), udp, data)));
    EXPECT_TRUE(passes(ipv6(with_end("2001:db8:5::", own), udp, data)));
    EXPECT_TRUE(passes(ipv6(with_end("fd00:1::", own), udp, data)));
    EXPECT_FALSE(passes(ipv6(with_end("2001:db8:5::", strangers), udp, data)));
    EXPECT_FALSE(passes(ipv6(ip6("2001:db8:5::9"), udp, data)));
    EXPECT_FALSE(passes(ipv6(with_end("ff02::", own), udp, data))) << "a group is nobody's address";
    EXPECT_FALSE(passes(ipv6(ip6("::"), udp, data)));
    EXPECT_FALSE(passes(ipv6(with_end("fe80::", own), udp, data, ethernet(ETH_P_IPV6, strangers))));
}

TEST_F(UplinkFramesTest, ItSpeaksOfItselfAlone) {
    constexpr std::uint8_t solicit = 135, advert = 136;
    const core::IpAddress mine = with_end("2001:db8:5::", own), others = ip6("2001:db8:5::9");
    const core::IpAddress from = with_end("fe80::", own);
    EXPECT_TRUE(passes(ipv6(from, icmp6, message(solicit, others)))) << "it asks for neighbours";
    EXPECT_TRUE(passes(ipv6(ip6("::"), icmp6, message(solicit, mine)))) << "and whether its own is taken";
    EXPECT_FALSE(passes(ipv6(ip6("::"), icmp6, message(solicit, others)))) << "others could not have theirs";
    EXPECT_TRUE(passes(ipv6(from, icmp6, message(advert, mine))));
    EXPECT_FALSE(passes(ipv6(from, icmp6, message(advert, others))));
}

TEST_F(UplinkFramesTest, ItIsNoRouterAndHandsOutNothing) {
    const core::IpAddress from = with_end("fe80::", own);
    constexpr std::uint8_t query = 130, report = 131, router_solicit = 133, router_advert = 134,
                           redirect = 137;
    EXPECT_TRUE(passes(ipv6(from, icmp6, message(router_solicit, {}))));
    EXPECT_TRUE(passes(ipv6(ip6("::"), icmp6, message(router_solicit, {}))));
    EXPECT_TRUE(passes(ipv6(ip6("::"), icmp6, message(report, ip6("ff02::5")))));
    for (const std::uint8_t type : {query, router_advert, redirect}) {
        EXPECT_FALSE(passes(ipv6(from, icmp6, message(type, {})))) << int{type};
        EXPECT_FALSE(passes(ipv6(ip6("::"), icmp6, message(type, {})))) << int{type};
    }
    EXPECT_FALSE(passes(ipv6(from, udp, udp_payload(547)))) << "a server of DHCPv6";
    EXPECT_TRUE(passes(ipv6(from, udp, udp_payload(546))));
}

TEST_F(UplinkFramesTest, NothingButIpv6LeavesIt) {
    Frame four = ethernet(ETH_P_IP);
    add(four, Frame{0x45, 0, 0, 28, 0, 0, 0, 0, 64, udp, 0, 0, 10, 0, 0, 2, 224, 0, 0, 1});
    add(four, udp_payload(5000));
    EXPECT_FALSE(passes(four));
    Frame arp = ethernet(ETH_P_ARP);
    add(arp, Frame{0, 1, 8, 0, 6, 4, 0, 1});
    add(arp, own);
    add(arp, Frame{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1});
    EXPECT_FALSE(passes(arp));
    // Into another network of a trunk.
    Frame tagged = ethernet(ETH_P_8021Q);
    add(tagged, Frame{0, 5, 0x86, 0xdd});
    EXPECT_FALSE(passes(ipv6(with_end("fe80::", own), udp, udp_payload(5000), tagged)));
    EXPECT_FALSE(passes(ipv6(ip6("::"), icmp6, message(133, {}), tagged)));
}

TEST_F(UplinkFramesTest, WhatIsBeyondReachesNothingOfTheHost) {
    const Answerer service(*host_, SOCK_DGRAM, 9001);
    // As the host, which has another address, is found by whoever sends to the bridge itself.
    host_->run([] {
        // NOLINTNEXTLINE: the test's own words
        ASSERT_EQ(::system("ip addr add 198.51.100.1/32 dev lo && ip route add 198.51.100.0/24 dev pb-lan"),
                  0);
    });
    host_->set("ipv4/conf/all/rp_filter", "0");
    host_->set("ipv4/conf/pb-lan/rp_filter", "0");
    beyond_->set_up("far0", {"198.51.100.2/24"});
    const auto ask = [&] { return asked_in_vain(*beyond_, SOCK_DGRAM, "198.51.100.1", 9001); };
    EXPECT_FALSE(ask());
    run("flush chain bridge " + table_ + " to_host");
    EXPECT_TRUE(asked(*beyond_, SOCK_DGRAM, "198.51.100.1", 9001)) << "the test asks for what is there";
}

}  // namespace
}  // namespace potd::test
