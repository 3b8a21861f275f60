#include "tests/unit/core/bridge_fixture.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BridgeServiceTest : public BridgeFixture {};

TEST_F(BridgeServiceTest, ABridgeHasANetworkOfThePool) {
    const auto made = create_bridge("web");
    ASSERT_TRUE(made);
    EXPECT_TRUE(overlap(made->ipv4->network, pools.ipv4));
    ASSERT_NE(bridges->find("web"), nullptr);
    EXPECT_THAT(networks.raised, IsEmpty()) << "made in the kernel when it is first needed";
    EXPECT_EQ(events_of("network.created"), 1U);
    const Error again = create_bridge("web").error();
    EXPECT_EQ(again.kind, ErrorKind::Conflict);
    EXPECT_EQ(again.field, "name");
    EXPECT_EQ(create_bridge("public").error().field, "name");
    EXPECT_EQ(create_bridge("a b").error().field, "name");
}

TEST_F(BridgeServiceTest, OverlapsAreNamed) {
    networks.of_the_host = {{parse_ip_network("192.168.7.0/24", "x").value(), "the host's eth0"}};
    ASSERT_TRUE(create_bridge("web", "10.192.5.0/24"));
    const Error other = create_bridge("db", "10.192.5.128/25").error();
    EXPECT_EQ(other.kind, ErrorKind::Conflict);
    EXPECT_EQ(other.field, "ipv4");
    EXPECT_THAT(other.message, HasSubstr("network web"));
    EXPECT_THAT(create_bridge("db", "192.168.0.0/16").error().message, HasSubstr("the host's eth0"));
    EXPECT_EQ(bridges->list().size(), 1U);
}

TEST_F(BridgeServiceTest, TwoAtOnceGetTwoNetworks) {
    std::vector<Result<Bridge>> answers;
    for (const std::string name : {"a", "b", "b"}) {
        BridgeRequest request;
        request.name = name;
        bridges->create(request, [&](Result<Bridge> answer) { answers.push_back(std::move(answer)); });
    }
    loop.run();
    ASSERT_EQ(answers.size(), 3U);
    const auto listed = bridges->list();
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_FALSE(overlap(listed[0].ipv4->network, listed[1].ipv4->network));
    EXPECT_FALSE(overlap(listed[0].ipv6->network, listed[1].ipv6->network));
}

TEST_F(BridgeServiceTest, WhatCannotBeRecordedIsNotThere) {
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_EQ(create_bridge("web").error().kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(bridges->find("web"), nullptr);
    ASSERT_TRUE(create_bridge("web")) << "its name and network are free again";
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_FALSE(remove_bridge("web"));
    EXPECT_NE(bridges->find("web"), nullptr);
}

TEST_F(BridgeServiceTest, ItIsNotRemovedUnderItsPots) {
    ASSERT_TRUE(create_bridge("web"));
    ASSERT_TRUE(make(on("web", "a")));
    const Status refused = remove_bridge("web");
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("is used by a"));
    ASSERT_TRUE(*ask<void>([&](auto reply) { pots->destroy("a", false, reply); }));
    networks.raised.insert("web");
    EXPECT_TRUE(remove_bridge("web"));
    EXPECT_THAT(networks.raised, IsEmpty());
    EXPECT_EQ(remove_bridge("web").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(events_of("network.removed"), 1U);
}

TEST_F(BridgeServiceTest, RaisedByHand) {
    ASSERT_TRUE(create_bridge("web"));
    ASSERT_TRUE(*ask<Bridge>([&](auto reply) { bridges->raise("web", reply); }));
    ASSERT_TRUE(*ask<Bridge>([&](auto reply) { bridges->raise("public", reply); }));
    EXPECT_THAT(networks.raised, ElementsAre("public", "web"));
    EXPECT_EQ(journal.recorded().load().bridges.size(), 2U);
    ASSERT_TRUE(remove_bridge("public"));
    ASSERT_TRUE(make(on("public", "a"))) << "it comes again";
    EXPECT_EQ(journal.recorded().load().bridges.size(), 2U);
    const auto unknown = *ask<Bridge>([&](auto reply) { bridges->raise("db", reply); });
    EXPECT_EQ(unknown.error().kind, ErrorKind::NotFound);
}

// With an uplink

TEST_F(BridgeServiceTest, AnUplinkIsOneBridges) {
    BridgeRequest request;
    request.name = "lan";
    request.uplink = "eth9";
    const auto create = [&] { return *ask<Bridge>([&](auto reply) { bridges->create(request, reply); }); };
    EXPECT_EQ(create().error().field, "uplink") << "the host has none";
    request.uplink = "eth1";
    ASSERT_TRUE(create());
    request.name = "other";
    const Error taken = create().error();
    EXPECT_EQ(taken.kind, ErrorKind::Conflict);
    EXPECT_EQ(taken.field, "uplink");
    EXPECT_THAT(taken.message, HasSubstr("network lan"));
    ASSERT_TRUE(remove_bridge("lan"));
    EXPECT_TRUE(create());
}

TEST_F(BridgeServiceTest, WhatAPotHasByRoutersIsAskedOfTheMachine) {
    BridgeRequest request;
    request.name = "lan";
    request.uplink = "eth1";
    ASSERT_TRUE(*ask<Bridge>([&](auto reply) { bridges->create(request, reply); }));
    PotSpec spec = on("lan", "a");
    spec.network.bridges[0].ipv6.kind = AddressWish::Kind::Slaac;
    ASSERT_TRUE(make(spec));
    EXPECT_EQ(remove_bridge("lan").error().kind, ErrorKind::Conflict);
    networks.by_routers = parse_ip_address("2001:db8::7");
    const auto learnt = [&] { return bridges->advertised(*pots->find("a")); };
    EXPECT_THAT(learnt(), ElementsAre(testing::Pair("lan", std::nullopt))) << "it does not run";
    EXPECT_THAT(bridges->uses().at("lan"), ElementsAre(BridgeUse{"a", {}, {}}));
    ASSERT_TRUE(*start("a"));
    EXPECT_THAT(learnt(), ElementsAre(testing::Pair("lan", networks.by_routers)));
    EXPECT_THAT(bridges->uses().at("lan"), ElementsAre(BridgeUse{"a", {}, networks.by_routers}));
    EXPECT_EQ(connected_as("a").interfaces.at(0).bridge.uplink, "eth1");
    crash();
    EXPECT_THAT(learnt(), ElementsAre(testing::Pair("lan", networks.by_routers))) << "and after a crash";
    EXPECT_EQ(remove_bridge("lan").error().kind, ErrorKind::Conflict);
    ASSERT_TRUE(make(on("public", "b")));
    EXPECT_TRUE(bridges->advertised(*pots->find("b")).empty());
}

}  // namespace
}  // namespace potd::core
