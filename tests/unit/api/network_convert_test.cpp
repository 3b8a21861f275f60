// How pots are connected, from the wire to core and back.
#include "api/convert/network.hpp"
#include "api/convert/spec_json.hpp"
#include "core/model/validate.hpp"
#include "openapi/wire/codec.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

using core::ErrorKind;
using Wish = core::AddressWish;

core::Result<core::PotSpec> read_spec(const std::string& members) {
    return api::decode_spec(R"({"name":"web","base":"host",)" + members + "}");
}

core::NetworkSpec network_of(const std::string& members) {
    const auto spec = read_spec(R"("network":{)" + members + "}");
    EXPECT_TRUE(spec.ok()) << members << ": " << (spec ? "" : spec.error().message);
    if (!spec) return {};
    const auto again = api::decode_spec(api::encode_spec(*spec));
    EXPECT_TRUE(again.ok()) << api::encode_spec(*spec);
    if (again) {
        EXPECT_EQ(*again, *spec) << api::encode_spec(*spec);
    }
    const core::Status valid = core::validate(spec->network);
    EXPECT_TRUE(valid.ok()) << members << ": " << (valid ? "" : valid.error().message);
    return spec->network;
}

/// Refused when it is read, or as a whole.
void expect_bad(const std::string& members, const std::string& field) {
    const auto spec = read_spec(members);
    core::Error error;
    if (!spec) {
        error = spec.error();
    } else {
        core::Status valid = core::validate(spec->network);
        if (valid) valid = core::validate(spec->ports);
        ASSERT_FALSE(valid.ok()) << members;
        error = valid.error();
    }
    EXPECT_EQ(error.kind, ErrorKind::InvalidArgument) << members << ": " << error.message;
    EXPECT_EQ(error.field, field) << members << ": " << error.message;
}

void expect_network_refused(const std::string& members, const std::string& field) {
    expect_bad(R"("network":{)" + members + "}", field);
}

TEST(NetworkConvertTest, ThePublicBridgeGoesWithoutSaying) {
    const auto network = network_of(R"("type":"public-bridge")");
    ASSERT_EQ(network.bridges.size(), 1U);
    EXPECT_EQ(network.bridges[0].bridge, "public");
    EXPECT_EQ(network.bridges[0].ipv4.kind, Wish::Kind::Any);
    EXPECT_EQ(network.bridges[0].ipv6.kind, Wish::Kind::Any);
    EXPECT_FALSE(api::to_wire(network).bridge);
    EXPECT_EQ(network_of(R"("type":"public-bridge","bridge":"public")"), network);
}

TEST(NetworkConvertTest, ReadsWhatTheDesignPromises) {
    const auto network = network_of(R"("type":"public-bridge","stack":"dual","ipv4":"auto","ipv6":"auto")");
    EXPECT_EQ(network.bridges[0].ipv4.kind, Wish::Kind::Auto);
    EXPECT_EQ(network.bridges[0].ipv6.kind, Wish::Kind::Auto);
}

TEST(NetworkConvertTest, HasSeveralBridges) {
    const auto network =
        network_of(R"("type":"private-bridge","bridge":"web","ipv4":"10.1.0.9","mac":"02:00:5E:10:00:01",)"
                   R"("interfaces":[{"bridge":"db","ipv6":"none"},{"bridge":"log","ipv6":"fd00::9"}])");
    ASSERT_EQ(network.bridges.size(), 3U);
    EXPECT_EQ(network.bridges[0].bridge, "web");
    EXPECT_EQ(core::to_string(network.bridges[0].ipv4.address), "10.1.0.9");
    EXPECT_EQ(core::to_string(network.bridges[0].hardware.value()), "02:00:5e:10:00:01");
    EXPECT_EQ(network.bridges[1].ipv6.kind, Wish::Kind::None);
    EXPECT_EQ(network.bridges[2].ipv6.kind, Wish::Kind::Given);
}

TEST(NetworkConvertTest, AStackIsOneWordForAll) {
    const auto network =
        network_of(R"("type":"private-bridge","bridge":"web","stack":"ipv4","interfaces":[{"bridge":"db"}])");
    for (const core::BridgeInterface& one : network.bridges) {
        EXPECT_EQ(one.ipv4.kind, Wish::Kind::Any);
        EXPECT_EQ(one.ipv6.kind, Wish::Kind::None);
    }
    const auto shown = api::to_wire(network);
    EXPECT_EQ(shown.stack, "ipv4");
    EXPECT_FALSE(shown.ipv6) << "so that another stack is a change of one word";
    EXPECT_EQ(network_of(R"("type":"public-bridge","ipv4":"none")"),
              network_of(R"("type":"public-bridge","stack":"ipv6")"));
    EXPECT_EQ(network_of(R"("type":"public-bridge","stack":"ipv4","ipv6":"auto")"),
              network_of(R"("type":"public-bridge","stack":"ipv4")"));
}

TEST(NetworkConvertTest, WhatContradictsItselfIsRefusedByItsField) {
    expect_network_refused(R"("type":"vlan")", "network.type");
    expect_network_refused(R"("type":"public-bridge","stack":"ipx")", "network.stack");
    expect_network_refused(R"("type":"public-bridge","stack":"ipv4","ipv6":"fd00::1")", "network.ipv6");
    expect_network_refused(R"("type":"public-bridge","stack":"dual","ipv6":"none")", "network.ipv6");
    expect_network_refused(R"("type":"public-bridge","ipv4":"none","ipv6":"none")", "network.ipv6");
    expect_network_refused(R"("type":"public-bridge","ipv4":"fd00::1")", "network.ipv4");
    expect_network_refused(R"("type":"public-bridge","ipv4":"10.0.0")", "network.ipv4");
    expect_network_refused(R"("type":"public-bridge","mac":"01:00:5e:10:00:01")", "network.mac");
    expect_network_refused(R"("type":"public-bridge","bridge":"web")", "network.bridge");
    expect_network_refused(R"("type":"private-bridge")", "network.bridge");
    expect_network_refused(R"("type":"private-bridge","bridge":"public")", "network.bridge");
    expect_network_refused(R"("type":"private-bridge","bridge":"a","interfaces":[{"bridge":"a"}])",
                           "network.interfaces[0].bridge");
    expect_network_refused(R"("type":"private-bridge","bridge":"a","interfaces":[{"ipv4":"auto"}])",
                           "network.interfaces[0].bridge");
    expect_network_refused(
        R"("type":"public-bridge","interfaces":[{"interface":"em0","addresses":["10.0.0.2"]}])",
        "network.interfaces[0].interface");
    expect_network_refused(R"("type":"public-bridge","interfaces":[{"bridge":"a","ipv6":"x"}])",
                           "network.interfaces[0].ipv6");
}

TEST(NetworkConvertTest, ReadsWhatIsMovedIntoThePot) {
    const auto network =
        network_of(R"("type":"none","devices":[{"interface":"em1"},{"interface":"em2","name":"wan",)"
                   R"("addresses":["10.0.0.2/24","fd00::2"],"gateways":["10.0.0.1"]}])");
    ASSERT_EQ(network.devices.size(), 2U);
    EXPECT_EQ(core::name_in_pot(network.devices[0]), "em1");
    EXPECT_EQ(core::name_in_pot(network.devices[1]), "wan");
    EXPECT_EQ(network.devices[1].addresses[0].prefix, 24);
    core::Pot pot;
    pot.spec.network = network;
    const auto shown = api::addresses_to_wire(pot);
    ASSERT_EQ(shown.size(), 2U);
    EXPECT_EQ(shown[0].interface, "wan");
    EXPECT_EQ(shown[1].address, "fd00::2");
    expect_network_refused(R"("type":"none","devices":[{"interface":"em1","addresses":["::1"]}])",
                           "network.devices[0].addresses[0]");
    expect_network_refused(R"("type":"none","devices":[{"interface":"em1","gateways":["x"]}])",
                           "network.devices[0].gateways[0]");
    expect_network_refused(R"("devices":[{"interface":"em1"}])", "network.devices");
}

TEST(NetworkConvertTest, OtherTypesHaveNothingOfBridges) {
    expect_network_refused(R"("ipv4":"10.0.0.1")", "network.ipv4");
    expect_network_refused(R"("type":"none","stack":"ipv4")", "network.stack");
    expect_network_refused(R"("bridge":"web")", "network.bridge");
    expect_network_refused(R"("type":"alias","mac":"02:00:5e:10:00:01")", "network.mac");
    expect_network_refused(R"("type":"alias","interfaces":[{"bridge":"web"}])",
                           "network.interfaces[0].bridge");
    expect_network_refused(R"("type":"alias","interfaces":[{"addresses":["10.0.0.2"]}])",
                           "network.interfaces[0].interface");
    expect_network_refused(R"("type":"alias","interfaces":[{"interface":"em0"}])",
                           "network.interfaces[0].addresses");
    expect_network_refused(
        R"("type":"alias","stack":"ipv6","interfaces":[{"interface":"em0","addresses":["10.0.0.2"]}])",
        "network.interfaces[0].addresses[0]");
    EXPECT_EQ(network_of(R"("type":"alias","stack":"ipv4",)"
                         R"("interfaces":[{"interface":"em0","addresses":["10.0.0.2"]}])")
                  .type,
              core::NetworkType::Alias);
}

TEST(NetworkConvertTest, PortsAreWrittenInTwoForms) {
    const auto spec =
        read_spec(R"("ports":["80:8080","udp:53",{"container":443,"host":8443,"address":"127.0.0.1"},)"
                  R"({"protocol":"sctp","container":9000,"count":10}])");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    std::vector<std::string> texts;
    for (const core::PublishedPort& port : spec->ports) texts.push_back(core::to_string(port));
    EXPECT_EQ(texts, (std::vector<std::string>{"tcp:80:8080", "udp:53", "tcp:443:8443@127.0.0.1",
                                               "sctp:9000-9009"}));
    const auto again = api::decode_spec(api::encode_spec(*spec));
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->ports, spec->ports);
}

TEST(NetworkConvertTest, BadPortsAreRefusedByTheirField) {
    expect_bad(R"("ports":["80:8080","http"])", "ports[1]");
    expect_bad(R"("ports":["80:70000"])", "ports[0]");
    expect_bad(R"("ports":[{"container":0}])", "ports[0].container");
    expect_bad(R"("ports":[{"container":70000}])", "ports[0].container");
    expect_bad(R"("ports":[{"container":80,"host":0}])", "ports[0].host");
    expect_bad(R"("ports":[{"container":80,"count":0}])", "ports[0].count");
    expect_bad(R"("ports":[{"container":80,"protocol":"icmp"}])", "ports[0].protocol");
    expect_bad(R"("ports":[{"container":80,"address":"localhost"}])", "ports[0].address");
    expect_bad(R"("ports":["80:8080","81:8080"])", "ports[1].host");
    expect_bad(R"("ports":[{"host":80}])", "ports[0].container");
    expect_bad(R"("ports":[{"container":80,"hots":80}])", "ports[0].hots");
    expect_bad(R"("ports":[80])", "ports[0]");
}

TEST(NetworkConvertTest, APotShowsWhatItWasGiven) {
    core::Pot pot;
    pot.spec =
        *read_spec(R"("network":{"type":"public-bridge","interfaces":[{"bridge":"db"}]},)"
                   R"("ports":["80",{"container":53,"protocol":"udp","address":"127.0.0.1","count":2}])");
    pot.leases.addresses = {{"public", *core::parse_ip_address("10.192.0.2")},
                            {"public", *core::parse_ip_address("fd00::2")},
                            {"db", *core::parse_ip_address("10.193.0.2")}};
    pot.leases.host_ports = {20'000, 20'001};
    const auto addresses = api::addresses_to_wire(pot);
    ASSERT_EQ(addresses.size(), 3U);
    EXPECT_EQ(addresses[0], (wire::PotAddress{"eth0", "public", "10.192.0.2"}));
    EXPECT_EQ(addresses[1], (wire::PotAddress{"eth1", "db", "10.193.0.2"}));
    EXPECT_EQ(addresses[2], (wire::PotAddress{"eth0", "public", "fd00::2"}));
    const auto ports = api::ports_to_wire(pot);
    ASSERT_EQ(ports.size(), 2U);
    EXPECT_EQ(ports[0], (wire::PotPort{"tcp", 80, 20'000, 1, {}}));
    EXPECT_EQ(ports[1], (wire::PotPort{"udp", 53, 20'001, 2, "127.0.0.1"}));
}

TEST(NetworkConvertTest, ReadsNewBridges) {
    const auto request = api::to_core(wire::NetworkRequest{"web", 30, {}, "none", true});
    ASSERT_TRUE(request.ok());
    EXPECT_EQ(request->hosts, 30U);
    EXPECT_TRUE(request->without_ipv6 && request->isolated && !request->without_ipv4);
    const auto given = api::to_core(wire::NetworkRequest{"web", {}, "10.1.0.0/24", "auto", {}, {}, true});
    ASSERT_TRUE(given.ok());
    EXPECT_TRUE(given->routed && !request->routed);
    EXPECT_EQ(core::to_string(*given->ipv4), "10.1.0.0/24");
    const auto field = [](const wire::NetworkRequest& bad) {
        const auto read = api::to_core(bad);
        return read ? std::string() : read.error().field;
    };
    EXPECT_EQ(field({"web", {}, "10.1.0.1/24", {}, {}}), "ipv4");
    EXPECT_EQ(field({"web", {}, {}, "fd00::/129", {}}), "ipv6");
    EXPECT_EQ(field({"web", -1, {}, {}, {}}), "hosts");
    EXPECT_EQ(field({"web", 30, "none", {}, {}}), "hosts");
}

TEST(NetworkConvertTest, AddressesByRoutersAreWishedAndShown) {
    const auto network = network_of(R"("type":"private-bridge","bridge":"lan","ipv6":"slaac")");
    EXPECT_EQ(network.bridges.at(0).ipv6.kind, Wish::Kind::Slaac);
    EXPECT_EQ(api::to_wire(network).ipv6, "slaac");
    expect_network_refused(R"("type":"private-bridge","bridge":"lan","ipv4":"slaac")", "network.ipv4");
    expect_network_refused(R"("type":"private-bridge","bridge":"lan","stack":"ipv4","ipv6":"slaac")",
                           "network.ipv6");
    core::Pot pot;
    pot.spec.network = network_of(R"("type":"public-bridge","interfaces":[{"bridge":"lan","ipv6":"slaac"}])");
    pot.leases.addresses = {{"public", *core::parse_ip_address("10.192.0.2")},
                            {"public", *core::parse_ip_address("fd00::2")}};
    const auto none_yet = api::addresses_to_wire(pot, {{"lan", std::nullopt}});
    ASSERT_EQ(none_yet.size(), 3U);
    EXPECT_EQ(none_yet[2], (wire::PotAddress{"eth1", "lan", std::nullopt}));
    const auto learnt = api::addresses_to_wire(pot, {{"lan", core::parse_ip_address("2001:db8::7")}});
    ASSERT_EQ(learnt.size(), 3U);
    EXPECT_EQ(learnt[2], (wire::PotAddress{"eth1", "lan", "2001:db8::7"}));
    EXPECT_EQ(api::to_core(wire::NetworkRequest{"lan", {}, {}, {}, {}, "eth1"})->uplink, "eth1");
    EXPECT_EQ(api::to_core(wire::NetworkRequest{"lan", {}, {}, {}, {}, ""}).error().field, "uplink");
}

}  // namespace
}  // namespace potd::test
