// Bridges and the firewall of an instance, in a network namespace of the test's own.
#include "daemon/platform/linux/kernel_bridges.hpp"

#include "daemon/platform/linux/firewall_text.hpp"
#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/linux/nft.hpp"
#include "daemon/platform/linux/uplinks.hpp"
#include "tests/unit/daemon/own_network.hpp"

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

namespace potd::platform {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

core::IpNetwork net(const std::string& text) {
    return core::parse_ip_network(text, "network").value();
}

core::Bridge bridge(const std::string& name, const std::string& ipv4, const std::string& ipv6 = "") {
    core::Bridge made;
    made.name = name;
    made.ipv4 = core::bridge_network(net(ipv4));
    if (!ipv6.empty()) made.ipv6 = core::bridge_network(net(ipv6));
    return made;
}

class KernelBridgesTest : public OwnNetworkTest {
  protected:
    static const HostInterface* find(const HostNetwork& host, const std::string& name) {
        for (const HostInterface& one : host.interfaces)
            if (one.name == name) return &one;
        return nullptr;
    }
    static std::vector<std::string> addresses(const std::string& link) {
        std::vector<std::string> all;
        const auto host = read_host_network();
        const HostInterface* const found = host ? find(*host, link) : nullptr;
        if (found == nullptr) return {"no such link"};
        for (const auto& one : found->addresses) all.push_back(core::to_string(one));
        return all;
    }
    KernelBridges bridges_{"potd"};
};

TEST_F(KernelBridgesTest, MakesOneWithItsAddresses) {
    ASSERT_TRUE(bridges_.ensure(bridge("web", "10.1.0.0/24", "fd01::/64")));
    EXPECT_THAT(addresses("pb-web"), ::testing::IsSupersetOf({"10.1.0.1/24", "fd01::1/64"}));
    EXPECT_EQ(bridges_.ours().value(), std::vector<std::string>{"web"});
}

TEST_F(KernelBridgesTest, MendsWhatIsThere) {
    const core::Bridge wanted = bridge("web", "10.1.0.0/24");
    ASSERT_TRUE(bridges_.ensure(wanted));
    ASSERT_TRUE(bridges_.ensure(wanted)) << "a second time";
    ASSERT_TRUE(bridges_.ensure(bridge("web", "10.2.0.0/24"))) << "one with another address";
    EXPECT_THAT(addresses("pb-web"), ::testing::Contains("10.2.0.1/24"));
}

TEST_F(KernelBridgesTest, WhereTheHostHasIpv6SwitchedOffTheBridgeHasItAllTheSame) {
    for (const char* const scope : {"all", "default"}) {
        std::ofstream key("/proc/sys/net/ipv6/conf/" + std::string(scope) + "/disable_ipv6");
        ASSERT_TRUE(key << '1' << std::flush);
    }
    ASSERT_TRUE(bridges_.ensure(bridge("web", "10.1.0.0/24", "fd01::/64")));
    EXPECT_THAT(addresses("pb-web"), ::testing::Contains("fd01::1/64"));
}

TEST_F(KernelBridgesTest, AKernelWithoutIpv6IsNamed) {
    const auto ensured = [&](const core::Bridge& wanted) {
        core::Status done;
        // What such a kernel lacks: no file says anything of IPv6.
        std::thread([&] {
            if (::unshare(CLONE_NEWNS) != 0 ||
                ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
                ::mount("none", "/proc/sys/net/ipv6", "tmpfs", 0, nullptr) != 0)
                return;
            const auto made = bridges_.ensure(wanted);
            if (!made) done = made.error();
        }).join();
        return done;
    };
    const core::Status refused = ensured(bridge("web", "10.1.0.0/24", "fd01::/64"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Unsupported);
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr("bridge web"), HasSubstr("no IPv6")));
    EXPECT_TRUE(ensured(bridge("four", "10.2.0.0/24")));
    EXPECT_THAT(addresses("pb-four"), ::testing::Contains("10.2.0.1/24"));
}

TEST_F(KernelBridgesTest, ThoseOfAnotherInstanceAreNotOurs) {
    const KernelBridges other("second");
    ASSERT_TRUE(other.ensure(bridge("web", "10.1.0.0/24")));
    EXPECT_EQ(bridges_.ours().value(), std::vector<std::string>{});
    EXPECT_TRUE(bridges_.remove("web"));
    EXPECT_EQ(other.ours().value(), std::vector<std::string>{"web"});
    EXPECT_NE(other.link_of("web"), bridges_.link_of("web"));
    EXPECT_LE(other.link_of("a-name-that-is-rather-long").size(), 15U);
}

TEST_F(KernelBridgesTest, AStrangersInterfaceStays) {
    // Of the same name, with another hardware address.
    ASSERT_EQ(::system("ip link add pb-web type bridge"), 0);  // NOLINT: of the test's own words
    const auto refused = bridges_.ensure(bridge("web", "10.1.0.0/24"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("'pb-web'"));
    EXPECT_TRUE(bridges_.remove("web"));
    EXPECT_THAT(addresses("pb-web"), Not(::testing::Contains("no such link")));
}

TEST_F(KernelBridgesTest, RemovesOneOnceAndAgain) {
    ASSERT_TRUE(bridges_.ensure(bridge("web", "10.1.0.0/24")));
    EXPECT_TRUE(bridges_.remove("web"));
    EXPECT_TRUE(bridges_.remove("web"));
    EXPECT_EQ(bridges_.ours().value(), std::vector<std::string>{});
}

class KernelUplinksTest : public KernelBridgesTest {
  protected:
    void SetUp() override {
        KernelBridgesTest::SetUp();
        if (IsSkipped()) return;
        run("ip link add up0 type veth peer name far0");
    }
    static void run(const std::string& words) {
        ASSERT_EQ(::system(words.c_str()), 0) << words;  // NOLINT: of the test's own words
    }
    static core::Bridge lan(const std::string& uplink = "up0") {
        core::Bridge made;
        made.name = "lan";
        made.uplink = uplink;
        return made;
    }
    static HostInterface state(const std::string& link) {
        const auto host = read_host_network();
        const HostInterface* const found = host ? find(*host, link) : nullptr;
        return found == nullptr ? HostInterface{} : *found;
    }
    std::string refusal(const std::string& uplink) {
        const auto refused = bridges_.ensure(lan(uplink));
        if (refused) return "none";
        EXPECT_EQ(refused.error().field, "uplink") << refused.error().message;
        EXPECT_EQ(refused.error().kind, core::ErrorKind::Conflict);
        EXPECT_TRUE(bridges_.ours()->empty()) << "something was made";
        return refused.error().message;
    }
};

TEST_F(KernelUplinksTest, ItIsAMemberUntilTheBridgeGoes) {
    for (const bool was_up : {false, true}) {
        run(was_up ? "ip link set up0 up" : "ip link set up0 down");
        const auto made = bridges_.ensure(lan());
        ASSERT_TRUE(made) << made.error().message;
        EXPECT_EQ(state("up0").master, made->index);
        EXPECT_TRUE(state("up0").up && state("pb-lan").up);
        EXPECT_THAT(addresses("pb-lan"), ::testing::IsEmpty()) << "the host is not on that network";
        run("ip link set up0 nomaster");
        ASSERT_TRUE(bridges_.ensure(lan())) << "a second time";
        EXPECT_EQ(state("up0").master, made->index);
        EXPECT_EQ(KernelBridges("potd").ours().value(), std::vector<std::string>{"lan"});
        EXPECT_TRUE(KernelBridges("potd").remove("lan"));
        EXPECT_EQ(state("up0").master, 0U);
        EXPECT_EQ(state("up0").up, was_up);
    }
}

TEST_F(KernelUplinksTest, OfABridgeThatWasRemovedItIsAsItWasBefore) {
    run("ip link set up0 down");
    const auto made = bridges_.ensure(lan());
    ASSERT_TRUE(made);
    EXPECT_FALSE(made->uplink_was_up);
    run("ip link del pb-lan");
    ASSERT_TRUE(bridges_.ensure(lan(), made->uplink_was_up));
    ASSERT_TRUE(bridges_.remove("lan"));
    EXPECT_FALSE(state("up0").up);
}

TEST_F(KernelUplinksTest, WhatTheHostNeedsOrTheKernelRefusesIsNone) {
    EXPECT_THAT(refusal("nothing"), HasSubstr("no interface 'nothing'"));
    EXPECT_THAT(refusal("lo"), HasSubstr("loopback"));
    run("ip link add br9 type bridge && ip link add up1 type veth peer name far1 && ip link set up1 master "
        "br9");
    EXPECT_THAT(refusal("br9"), HasSubstr("is a bridge itself"));
    EXPECT_THAT(refusal("up1"), HasSubstr("a member of br9 already"));
    run("ip addr add 10.9.0.1/24 dev up0");
    EXPECT_THAT(refusal("up0"), HasSubstr("10.9.0.1/24 on up0"));
    run("ip addr flush dev up0 && ip link set up0 up && ip route add default dev up0");
    EXPECT_THAT(refusal("up0"), HasSubstr("a default route"));
    run("ip route del default && ip link add mac9 link up0 type macvlan");
    EXPECT_FALSE(bridges_.ensure(lan()));
}

TEST(UplinkNoteTest, WithoutFramesOfEthernetItIsNone) {
    HostInterface tunnel;
    tunnel.index = 7;
    tunnel.name = "tun9";
    const auto refused = find_uplink({{tunnel}}, "tun9", 0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "uplink");
    EXPECT_THAT(refused.error().message, HasSubstr("no frames of Ethernet"));
    tunnel.ethernet = true;
    EXPECT_TRUE(find_uplink({{tunnel}}, "tun9", 0));
}

TEST(UplinkNoteTest, IsReadAsItIsWritten) {
    const UplinkNote down{"eth1", false};
    EXPECT_EQ(note_of("lan", down), "lan uplink eth1 down");
    EXPECT_EQ(read_note(note_of("lan", down)).uplink, down);
    EXPECT_EQ(read_note("lan").bridge, "lan");
    EXPECT_FALSE(read_note("lan").uplink);
    EXPECT_EQ(read_note("").bridge, "");
}

class FirewallTest : public OwnNetworkTest {
  protected:
    void SetUp() override {
        OwnNetworkTest::SetUp();
        if (IsSkipped()) return;
        auto opened = Nft::open();
        if (!opened) GTEST_SKIP() << opened.error().message;
        nft_ = std::make_unique<Nft>(std::move(opened).value());
    }
    std::string listing() {
        const auto text = nft_->ask("list ruleset");
        return text ? *text : text.error().message;
    }
    std::unique_ptr<Nft> nft_;
};

TEST_F(FirewallTest, TheTableIsPutThereAnewAndTakenAway) {
    const std::string table = table_name("potd");
    const FirewallBridge web{"pb-web", net("10.1.0.0/24"), net("fd01::/64"), false};
    const FirewallBridge apart{"pb-apart", net("10.2.0.0/24"), std::nullopt, true};
    ASSERT_TRUE(nft_->run("add table inet strangers"));
    ASSERT_TRUE(nft_->run(whole_tables(table, {web, apart})));
    EXPECT_THAT(listing(), HasSubstr("\"pb-web\" . \"pb-web\""));
    EXPECT_THAT(listing(), HasSubstr("10.2.0.0/24"));
    EXPECT_THAT(listing(), Not(HasSubstr("\"pb-apart\" . \"pb-apart\"")));
    const std::string hidden = "hidden6 {\n\t\ttype ipv6_addr\n\t\tflags interval\n";
    EXPECT_THAT(listing(), HasSubstr(hidden + "\t\telements = { fd01::/64 }"));
    FirewallBridge routed = web;
    routed.routed = true;
    ASSERT_TRUE(nft_->run(whole_tables(table, {routed, apart})));
    EXPECT_THAT(listing(), AllOf(HasSubstr(hidden + "\t}"), HasSubstr("fd01::/64")));
    ASSERT_TRUE(nft_->run(whole_tables(table, {})));
    EXPECT_THAT(listing(), Not(HasSubstr("pb-web")));
    ASSERT_TRUE(nft_->run(no_tables(table)));
    ASSERT_TRUE(nft_->run(no_tables(table)));
    EXPECT_THAT(listing(), Not(HasSubstr(table)));
    EXPECT_THAT(listing(), HasSubstr("strangers"));
}

TEST_F(FirewallTest, AllOfTheCommandsOrNone) {
    const auto refused = nft_->run("add table inet half\nadd rule inet half nowhere drop\n");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("nftables"));
    EXPECT_THAT(listing(), Not(HasSubstr("half")));
}

TEST(FirewallTextTest, NamesOfTablesAreLegalAndUnlike) {
    EXPECT_EQ(table_name("potd"), "potd_potd");
    EXPECT_NE(table_name("a-b"), table_name("a_b"));
    EXPECT_EQ(table_name("a-b"), "potd_a_2db");
}

}  // namespace
}  // namespace potd::platform
