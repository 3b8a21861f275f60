// Bridges and the firewall of an instance, in a network namespace of the test's own.
#include "daemon/platform/linux/kernel_bridges.hpp"

#include "daemon/platform/linux/firewall_text.hpp"
#include "daemon/platform/linux/host_network.hpp"
#include "daemon/platform/linux/nft.hpp"
#include "tests/unit/daemon/own_network.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::platform {
namespace {

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
