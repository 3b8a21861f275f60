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

class BridgedPotsTest : public BridgeFixture {};

TEST_F(BridgedPotsTest, ThePublicNetworkComesWithItsFirstPot) {
    EXPECT_THAT(bridges->list(), IsEmpty());
    ASSERT_TRUE(make(on("public", "a")));
    ASSERT_EQ(bridges->list().size(), 1U);
    EXPECT_EQ(first_address("a"), "10.192.0.2");
    ASSERT_TRUE(make(on("public", "b")));
    EXPECT_EQ(first_address("b"), "10.192.0.3");
    EXPECT_EQ(events_of("network.created"), 1U);
    crash();
    EXPECT_EQ(bridges->list().size(), 1U);
    EXPECT_EQ(first_address("a"), "10.192.0.2");
    ASSERT_TRUE(make(on("public", "c")));
    EXPECT_EQ(first_address("c"), "10.192.0.4") << "what was leased before the crash counts";
}

TEST_F(BridgedPotsTest, ALeaseEndsWithThePotNotWithTheRun) {
    ASSERT_TRUE(make(on("public", "a", {"80"})));
    ASSERT_TRUE(*start("a"));
    EXPECT_EQ(connected_as("a").ports.at(0).host, 20'000);
    ASSERT_TRUE(*stop("a"));
    EXPECT_THAT(networks.connected, IsEmpty());
    ASSERT_TRUE(make(on("public", "b", {"80"})));
    EXPECT_EQ(first_address("b"), "10.192.0.3");
    EXPECT_THAT(pots->find("b")->leases.host_ports, ElementsAre(20'001));
    ASSERT_TRUE(*ask<void>([&](auto reply) { pots->destroy("a", false, reply); }));
    ASSERT_TRUE(make(on("public", "c", {"80"})));
    EXPECT_EQ(first_address("c"), "10.192.0.2");
    EXPECT_THAT(pots->find("c")->leases.host_ports, ElementsAre(20'000));
}

TEST_F(BridgedPotsTest, APotThatCannotBeMadeHasNothing) {
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_FALSE(make(on("public", "a", {"80:8080"})));
    EXPECT_THAT(journal.recorded().load().bridges, IsEmpty()) << "both or neither";
    ASSERT_TRUE(make(on("public", "b", {"80:8080"})));
    EXPECT_EQ(first_address("b"), "10.192.0.2");
    EXPECT_EQ(journal.recorded().load().bridges.size(), 1U);
    EXPECT_EQ(events_of("network.created"), 1U);
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_FALSE(make(on("public", "c", {"80:8081"})));
    ASSERT_TRUE(make(on("public", "d", {"80:8081"})));
    EXPECT_EQ(first_address("d"), "10.192.0.3");
}

TEST_F(BridgedPotsTest, OfTwoThatBringThePublicNetworkEitherMayFail) {
    std::vector<bool> made;
    for (const std::string name : {"a", "b"})
        pots->create(on("public", name), [&](const Result<PotPtr>& result) { made.push_back(result.ok()); });
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    loop.run();
    ASSERT_EQ(made.size(), 2U);
    EXPECT_NE(made[0], made[1]);
    EXPECT_EQ(journal.recorded().load().bridges.size(), 1U);
    crash();
    ASSERT_TRUE(make(on("public", "c")));
}

TEST_F(BridgedPotsTest, WhereThereCanBeNoBridgesTheTypeIsRefused) {
    networks.able = error(ErrorKind::Unsupported, "the kernel has no bridges");
    const Error refused = make(on("public", "a")).error();
    EXPECT_EQ(refused.kind, ErrorKind::Unsupported);
    EXPECT_EQ(refused.field, "network.type");
    EXPECT_TRUE(make(bare("b")));
}

TEST_F(BridgedPotsTest, WhereThereIsNoIpv6WhatIsChosenIsWithoutAndWhatAsksForItIsRefused) {
    networks.able_of_ipv6 = error(ErrorKind::Unsupported, "this kernel has no IPv6");
    const auto bridge = create_bridge("back");
    ASSERT_TRUE(bridge);
    EXPECT_TRUE(bridge->ipv4);
    EXPECT_FALSE(bridge->ipv6);
    const auto pot = make(on("public", "web"));
    ASSERT_TRUE(pot);
    EXPECT_EQ((*pot)->leases.addresses.size(), 1U);
    const auto refused_field = [&](BridgeRequest request) {
        request.name = "six";
        const auto refused = *ask<Bridge>([&](auto reply) { bridges->create(request, reply); });
        if (refused) return std::string("made");
        EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
        return refused.error().message;
    };
    BridgeRequest given, alone, routed, without;
    given.ipv6 = parse_ip_network("fd00:7::/64", "ipv6").value();
    alone.without_ipv4 = routed.routed = without.without_ipv6 = true;
    EXPECT_EQ(refused_field(given), "ipv6: this kernel has no IPv6");
    EXPECT_EQ(refused_field(alone), "ipv6: this kernel has no IPv6");
    EXPECT_EQ(refused_field(routed), "routed: this kernel has no IPv6");
    EXPECT_EQ(refused_field(without), "made");
}

TEST_F(BridgedPotsTest, AStartThatCannotBeConnectedLeavesNothing) {
    ASSERT_TRUE(make(on("public", "a", {"80:8080"})));
    networks.listeners[8080] = "nginx (process 12)";
    const auto refused = start("a");
    ASSERT_FALSE(*refused);
    EXPECT_THAT(refused->error().message, HasSubstr("nginx (process 12)"));
    EXPECT_EQ(refused->error().kind, ErrorKind::Conflict);
    EXPECT_THAT(networks.connected, IsEmpty());
    networks.listeners.clear();
    EXPECT_TRUE(*start("a"));
}

TEST_F(BridgedPotsTest, PortsOfAPotThatRunsChange) {
    ASSERT_TRUE(make(on("public", "a", {"80:8080"})));
    ASSERT_TRUE(*start("a"));
    networks.listeners = {{8080, "the pot's own, as it were"}, {9090, "nginx (process 12)"}};
    const Error taken = publish("a", {"80:8080", "90:9090"}).error();
    EXPECT_EQ(taken.field, "ports[1].host") << "its own port is not asked for again";
    EXPECT_EQ(connected_as("a").ports.size(), 1U);
    ASSERT_TRUE(publish("a", {"80:8080", "90:9091"}));
    EXPECT_EQ(connected_as("a").ports.at(1).host, 9091);
    ASSERT_TRUE(publish("a", {}));
    EXPECT_THAT(connected_as("a").ports, IsEmpty());
    ASSERT_TRUE(make(on("public", "b", {"80:9091"}))) << "given up";
}

TEST_F(BridgedPotsTest, TheUnspecifiedAddressIsAllOfItsFamily) {
    ASSERT_TRUE(make(on("public", "a", {"80:8080@0.0.0.0"})));
    ASSERT_TRUE(*start("a"));
    const PortForward& port = connected_as("a").ports.at(0);
    EXPECT_FALSE(port.address);
    EXPECT_TRUE(port.ipv4);
    EXPECT_FALSE(port.ipv6);
}

TEST_F(BridgedPotsTest, WhatCannotBeLedIsSaidAndRecorded) {
    ASSERT_TRUE(make(on("public", "a")));
    ASSERT_TRUE(*start("a"));
    networks.error = error(ErrorKind::Internal, "netlink: no buffer space");
    const Error failed = publish("a", {"80:8080"}).error();
    EXPECT_THAT(failed.message, HasSubstr("hold from the next start on"));
    EXPECT_EQ(pots->find("a")->spec.ports.size(), 1U);
    networks.error.reset();
    crash();
    EXPECT_EQ(connected_as("a").ports.size(), 1U);
}

TEST_F(BridgedPotsTest, RatesComeWithTheStartAndChangeWhileItRuns) {
    PotSpec spec = on("public", "a");
    spec.limits.network_rx = 4096;
    ASSERT_TRUE(make(spec));
    ASSERT_TRUE(start("a"));
    EXPECT_EQ(connected_as("a").rates, (TrafficRates{4096, 0}));
    ASSERT_TRUE(limit("a", {0, 8192}));
    EXPECT_EQ(connected_as("a").rates, (TrafficRates{0, 8192}));
    networks.error = error(ErrorKind::Internal, "no way");
    const auto changed = limit("a", {});
    ASSERT_FALSE(changed);
    EXPECT_THAT(changed.error().message, HasSubstr("recorded"));
    EXPECT_EQ(pots->find("a")->spec.limits.network_tx, 0);
}

TEST_F(BridgedPotsTest, WhereNothingIsLimitedRatesAreRefused) {
    networks.able_to_limit = error(ErrorKind::Unsupported, "no limits");
    PotSpec spec = on("public", "a");
    spec.limits.network_tx = 4096;
    EXPECT_EQ(make(spec).error().field, "limits.network_tx");
    spec.limits.network_rx = 4096;
    EXPECT_EQ(make(spec).error().field, "limits.network_rx");
    ASSERT_TRUE(make(on("public", "a")));
    const auto refused = limit("a", {4096, 0});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
    EXPECT_EQ(refused.error().field, "limits.network_rx");
}

TEST_F(BridgedPotsTest, OnARoutedBridgeAPortIsOpenAtThePotsOwnAddress) {
    BridgeRequest request;
    request.name = "open";
    request.routed = true;
    ASSERT_TRUE(*ask<Bridge>([&](auto reply) { bridges->create(request, reply); }));
    const auto opened = [&](const std::string& pot) {
        std::vector<bool> all;
        for (const PortForward& port : connected_as(pot).ports) all.push_back(port.own_ipv6);
        return all;
    };
    ASSERT_TRUE(make(on("open", "a", {"80:8000", "81:8001@::", "82:8002@0.0.0.0", "83:8003@fd99::1"})));
    ASSERT_TRUE(*start("a"));
    EXPECT_THAT(opened("a"), ElementsAre(true, true, false, false)) << "not what one address is for";
    ASSERT_TRUE(publish("a", {"83:8003@fd99::1", "80:8000"}));
    EXPECT_THAT(opened("a"), ElementsAre(false, true));
    crash();
    EXPECT_TRUE(bridges->find("open")->routed);
    EXPECT_THAT(opened("a"), ElementsAre(false, true)) << "and after a crash";
    ASSERT_TRUE(make(on("public", "b", {"80:8005"})));
    ASSERT_TRUE(*start("b"));
    EXPECT_THAT(opened("b"), ElementsAre(false));
    // What leads to its address on another bridge opens nothing on this one.
    PotSpec second = on("public", "c", {"80:8006"});
    second.network.bridges.push_back({"open", {}, {}, {}});
    ASSERT_TRUE(make(second));
    ASSERT_TRUE(*start("c"));
    EXPECT_THAT(opened("c"), ElementsAre(false));
}

TEST_F(BridgedPotsTest, APortOfAProtocolThatIsMissingIsRefusedByItsField) {
    ASSERT_TRUE(make(on("public", "a", {"sctp:80:8080"})));
    networks.able_of_sctp = error(ErrorKind::Unsupported, "no SCTP here");
    const Error refused = make(on("public", "b", {"80:8000", "sctp:80:8001"})).error();
    EXPECT_EQ(refused.kind, ErrorKind::Unsupported);
    EXPECT_EQ(refused.field, "ports[1].protocol");
    EXPECT_EQ(refused.message, "ports[1].protocol: no SCTP here");
    ASSERT_TRUE(make(on("public", "b")));
    EXPECT_EQ(publish("b", {"sctp:80:8001"}).error().field, "ports[0].protocol");
    EXPECT_TRUE(publish("b", {"80:8001"}));
}

TEST_F(BridgedPotsTest, APotThatRunsStaysOnItsBridges) {
    ASSERT_TRUE(create_bridge("web"));
    ASSERT_TRUE(make(on("public", "a")));
    ASSERT_TRUE(*start("a"));
    PotPatch patch;
    patch.apply = [&](PotSpec& spec) {
        spec.network = on("web", "a").network;
        return Status();
    };
    const auto move = [&] { return *ask<PotPtr>([&](auto reply) { pots->change("a", patch, reply); }); };
    EXPECT_EQ(move().error().kind, ErrorKind::Conflict);
    ASSERT_TRUE(*stop("a"));
    ASSERT_TRUE(move());
    EXPECT_EQ(first_address("a"), to_string(host_at(bridges->find("web")->ipv4->network, 2)));
    ASSERT_TRUE(make(on("public", "b")));
    EXPECT_EQ(first_address("b"), "10.192.0.2") << "what it left";
}

TEST_F(BridgedPotsTest, APreviewIsRefusedAsTheChangeAndHoldsNothing) {
    ASSERT_TRUE(make(bare("a")));
    PotPatch patch;
    const auto given = [](const std::string& address) {
        return AddressWish{AddressWish::Kind::Given, *parse_ip_address(address)};
    };
    const auto preview = [&](const std::string& bridge, const std::string& address) {
        patch.apply = [=](PotSpec& spec) {
            spec.network = on(bridge, "a").network;
            if (!address.empty()) spec.network.bridges[0].ipv4 = given(address);
            return Status();
        };
        return pots->preview("a", patch);
    };
    EXPECT_EQ(preview("none", "").error().field, "network.bridge");
    EXPECT_TRUE(preview("public", ""));
    EXPECT_EQ(bridges->find("public"), nullptr) << "it comes with the first pot";
    ASSERT_TRUE(make(on("public", "first")));
    EXPECT_EQ(preview("public", "172.16.0.1").error().field, "network.ipv4");
    const auto shown = preview("public", "10.192.0.9");
    ASSERT_TRUE(shown);
    EXPECT_EQ(to_string((*shown)->leases.addresses.at(0).address), "10.192.0.9");
    EXPECT_EQ(first_address("a"), "none");
    PotSpec other = on("public", "b");
    other.network.bridges[0].ipv4 = given("10.192.0.9");
    EXPECT_TRUE(make(other));
    EXPECT_TRUE(preview("public", "10.192.0.9")) << "by then the other may have given it up";
}

TEST_F(BridgedPotsTest, WhoHangsOnWhich) {
    ASSERT_TRUE(make(on("public", "a")));
    ASSERT_TRUE(make(on("public", "b")));
    const auto uses = bridges->uses();
    ASSERT_EQ(uses.at("public").size(), 2U);
    EXPECT_EQ(uses.at("public")[1].pot, "b");
    EXPECT_EQ(to_string(*uses.at("public")[1].ipv4), "10.192.0.3");
}

TEST_F(BridgedPotsTest, AFixedHardwareAddressIsOnesAloneOnItsBridge) {
    ASSERT_TRUE(create_bridge("web"));
    PotSpec spec = on("public", "a");
    spec.network.bridges[0].hardware = HardwareAddress{2, 0, 0x5e, 0x10, 0, 1};
    ASSERT_TRUE(make(spec));
    spec.name = spec.hostname = "b";
    const Error taken = make(spec).error();
    EXPECT_EQ(taken.kind, ErrorKind::Conflict);
    EXPECT_EQ(taken.field, "network.mac");
    EXPECT_THAT(taken.message, HasSubstr("of pot a on bridge public"));
    ASSERT_TRUE(make(on("public", "b")));
    const auto fix = [&](const std::string& name, std::optional<HardwareAddress> hardware) {
        PotPatch patch;
        patch.apply = [&](PotSpec& changed) {
            changed.network.bridges[0].hardware = hardware;
            return Status();
        };
        return *ask<PotPtr>([&](auto reply) { pots->change(name, patch, reply); });
    };
    EXPECT_EQ(fix("b", HardwareAddress{2, 0, 0x5e, 0x10, 0, 1}).error().field, "network.mac");
    crash();
    EXPECT_EQ(fix("b", HardwareAddress{2, 0, 0x5e, 0x10, 0, 1}).error().kind, ErrorKind::Conflict);
    PotSpec elsewhere = on("web", "c");
    elsewhere.network.bridges[0].hardware = HardwareAddress{2, 0, 0x5e, 0x10, 0, 1};
    EXPECT_TRUE(make(elsewhere)) << "another bridge";
    ASSERT_TRUE(fix("a", std::nullopt));
    ASSERT_TRUE(fix("b", HardwareAddress{2, 0, 0x5e, 0x10, 0, 1})) << "given up";
    ASSERT_TRUE(*start("b"));
    EXPECT_EQ(connected_as("b").interfaces.at(0).hardware, (HardwareAddress{2, 0, 0x5e, 0x10, 0, 1}));
}

TEST_F(BridgedPotsTest, AnInterfaceThatSomebodyTookAwayIsTold) {
    ASSERT_TRUE(make(on("public", "a")));
    ASSERT_TRUE(*start("a"));
    networks.lost(key("a"), "public");
    loop.run();
    EXPECT_EQ(events_of("pot.interface_lost"), 0U) << "it may be the run's end";
    timers.advance(milliseconds{1000});
    loop.run();
    EXPECT_EQ(events_of("pot.interface_lost"), 1U);
    EXPECT_THAT(complaints.back(), HasSubstr("pot a: somebody removed its interface on bridge public"));
    complaints.clear();
    networks.lost(key("a"), "public");
    ASSERT_TRUE(*stop("a"));
    timers.advance(milliseconds{1000});
    loop.run();
    networks.lost({{"of nobody"}, 1}, "public");
    timers.advance(milliseconds{1000});
    loop.run();
    EXPECT_EQ(events_of("pot.interface_lost"), 1U) << "with the end of the run it should be gone";
    EXPECT_THAT(complaints, IsEmpty());
}

TEST_F(BridgedPotsTest, AfterACrashTheMachineHasWhatRunsNeedAndNoMore) {
    ASSERT_TRUE(make(on("public", "a", {"80:8080"})));
    ASSERT_TRUE(make(on("public", "b")));
    ASSERT_TRUE(*start("a"));
    ASSERT_TRUE(*start("b"));
    const Connections before = connected_as("a");
    networks.raised.insert("forgotten");
    networks.connected.clear();
    crash();
    EXPECT_EQ(connected_as("a"), before);
    EXPECT_EQ(networks.connected.size(), 2U);
    EXPECT_THAT(networks.raised, ElementsAre("public"));
    ASSERT_TRUE(*stop("a"));
    ASSERT_TRUE(*stop("b"));
    EXPECT_THAT(networks.connected, IsEmpty());
}

}  // namespace
}  // namespace potd::core
