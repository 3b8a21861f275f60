#include "core/service/lease_book.hpp"

#include <cstdint>
#include <map>
#include <random>
#include <set>
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
using Protocol = PublishedPort::Protocol;

IpNetwork range(const std::string& text) {
    return parse_ip_network(text, "network").value();
}

IpAddress ip(const std::string& text) {
    return parse_ip_address(text).value();
}

AddressWish given(const std::string& text) {
    return {AddressWish::Kind::Given, ip(text)};
}

Bridge bridge(const std::string& name, const std::string& ipv4, const std::string& ipv6 = "") {
    Bridge made;
    made.name = name;
    if (!ipv4.empty()) made.ipv4 = bridge_network(range(ipv4));
    if (!ipv6.empty()) made.ipv6 = bridge_network(range(ipv6));
    return made;
}

PotSpec on(const std::string& bridge, AddressWish ipv4 = {}, AddressWish ipv6 = {}) {
    PotSpec spec;
    spec.network.type = NetworkType::PrivateBridge;
    spec.network.bridges.push_back({bridge, ipv4, ipv6, {}});
    return spec;
}

std::vector<PublishedPort> ports(const std::vector<std::string>& texts) {
    std::vector<PublishedPort> all;
    all.reserve(texts.size());
    for (const std::string& text : texts) all.push_back(parse_published_port(text, "ports").value());
    return all;
}

PotSpec publishing(const std::vector<std::string>& texts) {
    PotSpec spec = on("web");
    spec.ports = ports(texts);
    return spec;
}

class LeaseBookTest : public testing::Test {
  protected:
    LeaseBookTest() {
        book.add(bridge("web", "10.0.0.0/29", "fd00::/64"));
        book.add(bridge("old", "10.0.1.0/30"));
    }

    static PotId id(const std::string& name) { return {"id-" + name}; }
    Result<Leases> find(const std::string& name, const PotSpec& spec) const {
        return book.find(spec, id(name));
    }
    Leases take(const std::string& name, const PotSpec& spec) {
        auto leases = find(name, spec);
        EXPECT_TRUE(leases) << leases.error().message;
        if (!leases) return {};
        book.record({id(name), name}, *leases, spec);
        return *leases;
    }
    Error refusal(const std::string& name, const PotSpec& spec) const {
        const auto leases = find(name, spec);
        EXPECT_FALSE(leases);
        return leases ? error(ErrorKind::Internal, "none") : leases.error();
    }
    static std::vector<std::string> addresses(const Leases& leases) {
        std::vector<std::string> texts;
        for (const Leases::Address& one : leases.addresses) texts.push_back(to_string(one.address));
        return texts;
    }

    LeaseBook book{PortRange{20'000, 20'009}};
};

TEST_F(LeaseBookTest, TheLowestFreeOfEachFamily) {
    EXPECT_THAT(addresses(take("a", on("web"))), ElementsAre("10.0.0.2", "fd00::2"))
        << "the gateway is first";
    EXPECT_THAT(addresses(take("b", on("web"))), ElementsAre("10.0.0.3", "fd00::3"));
    book.forget(id("a"));
    EXPECT_THAT(addresses(take("c", on("web"))), ElementsAre("10.0.0.2", "fd00::2"));
    EXPECT_THAT(addresses(take("d", on("old"))), ElementsAre("10.0.1.2"))
        << "a family it lacks is not missed";
}

TEST_F(LeaseBookTest, WhatItHasItKeeps) {
    take("a", on("web"));
    const Leases had = take("b", on("web"));
    book.forget(id("a"));
    EXPECT_EQ(take("b", on("web")), had);
    EXPECT_THAT(addresses(take("b", on("web", given("10.0.0.5")))), ElementsAre("10.0.0.5", "fd00::3"));
    EXPECT_THAT(addresses(take("c", on("web", given("10.0.0.3")))), ElementsAre("10.0.0.3", "fd00::2"))
        << "given up";
}

TEST_F(LeaseBookTest, AGivenAddressIsOnesAlone) {
    take("a", on("web", given("10.0.0.4")));
    Error taken = refusal("b", on("web", given("10.0.0.4")));
    EXPECT_EQ(taken.kind, ErrorKind::Conflict);
    EXPECT_EQ(taken.field, "network.ipv4");
    EXPECT_THAT(taken.message, HasSubstr("the address of pot a"));
    taken = refusal("b", on("web", given("10.0.0.1")));
    EXPECT_EQ(taken.kind, ErrorKind::Conflict);
    EXPECT_THAT(taken.message, HasSubstr("of bridge web itself"));
}

TEST_F(LeaseBookTest, WhatIsNoHostOfTheBridgeIsRefused) {
    for (const std::string text : {"10.0.0.0", "10.0.0.7", "10.0.0.8", "192.168.0.1"}) {
        const Error refused = refusal("a", on("web", given(text)));
        EXPECT_EQ(refused.kind, ErrorKind::InvalidArgument) << text;
        EXPECT_THAT(refused.message, HasSubstr("a host of 10.0.0.0/29, the network of bridge web"));
    }
    EXPECT_EQ(refusal("a", on("web", {}, given("fd01::5"))).field, "network.ipv6");
    EXPECT_EQ(refusal("a", on("nowhere")).kind, ErrorKind::NotFound);
    EXPECT_EQ(refusal("a", on("nowhere")).field, "network.bridge");
    EXPECT_EQ(refusal("a", on("old", {}, {AddressWish::Kind::Auto, {}})).field, "network.ipv6");
    EXPECT_EQ(refusal("a", on("old", {AddressWish::Kind::None, {}})).field, "network.bridge")
        << "nothing would be left";
    PotSpec two = on("web");
    two.network.bridges.push_back({"old", given("10.0.9.9"), {}, {}});
    EXPECT_EQ(refusal("a", two).field, "network.interfaces[0].ipv4");
}

TEST_F(LeaseBookTest, OnAnUplinkRoutersSayWhatItHas) {
    Bridge lan;
    lan.name = "lan";
    lan.uplink = "eth1";
    book.add(lan);
    const AddressWish slaac{AddressWish::Kind::Slaac, {}}, automatic{AddressWish::Kind::Auto, {}},
        none{AddressWish::Kind::None, {}};
    for (const AddressWish& wish : {AddressWish{}, automatic, slaac})
        EXPECT_THAT(addresses(take("a", on("lan", {}, wish))), IsEmpty());
    EXPECT_TRUE(book.is_used("lan"));
    EXPECT_EQ(refusal("b", on("lan", automatic, slaac)).field, "network.ipv4");
    EXPECT_EQ(refusal("b", on("lan", given("10.0.0.2"), slaac)).field, "network.ipv4");
    EXPECT_EQ(refusal("b", on("lan", none, given("fd00::2"))).field, "network.ipv6");
    EXPECT_EQ(refusal("b", on("lan", {}, none)).field, "network.ipv6");
    EXPECT_EQ(refusal("b", on("web", {}, slaac)).field, "network.ipv6") << "it has no uplink";
    PotSpec same = on("lan", {}, slaac);
    same.network.bridges[0].hardware = hardware_of(id("a"), {"lan", {}, {}, {}});
    EXPECT_EQ(refusal("b", same).field, "network.mac") << "it would have the addresses of a";
    PotSpec published = on("lan", {}, slaac);
    published.ports = ports({"80"});
    EXPECT_EQ(refusal("b", published).field, "ports[0]");
    published.network.bridges.push_back({"web", {}, {}, {}});
    EXPECT_EQ(take("b", published).host_ports.size(), 1U);
    book.forget(id("a"));
    book.forget(id("b"));
    EXPECT_FALSE(book.is_used("lan"));
}

TEST_F(LeaseBookTest, AFullBridgeSaysSo) {
    take("a", on("old"));
    const Error full = refusal("b", on("old"));
    EXPECT_EQ(full.kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(full.field, "network.ipv4");
    EXPECT_THAT(full.message, HasSubstr("10.0.1.0/30"));
}

TEST_F(LeaseBookTest, ANetworkOfThousandsFillsToItsEnd) {
    book.add(bridge("wide", "10.64.0.0/18"));
    constexpr std::size_t room = 16'381;  // two are no hosts, one is the gateway
    std::set<IpAddress> all;
    for (std::size_t i = 0; i < room; ++i)
        all.insert(take(std::to_string(i), on("wide")).addresses.at(0).address);
    EXPECT_EQ(all.size(), room);
    EXPECT_EQ(refusal("one more", on("wide")).kind, ErrorKind::ResourceExhausted);
    book.forget(id("10000"));
    EXPECT_THAT(addresses(take("one more", on("wide"))), ElementsAre("10.64.39.18"))
        << "the one that is free";
}

TEST_F(LeaseBookTest, AHoldCountsUntilItIsLetGo) {
    const PotSpec spec = publishing({"80"});
    const Leases leases = find("a", spec).value();
    const LeaseBook::Hold hold = book.hold({id("a"), "a"}, leases, spec);
    EXPECT_TRUE(book.is_used("web"));
    EXPECT_THAT(addresses(find("b", on("web")).value()), ElementsAre("10.0.0.3", "fd00::3"));
    book.record({id("a"), "a"}, leases, spec);
    book.let_go(hold);
    EXPECT_THAT(addresses(find("b", on("web")).value()), ElementsAre("10.0.0.3", "fd00::3")) << "recorded";
    EXPECT_THAT(find("b", spec).value().host_ports, ElementsAre(20'001));
    book.forget(id("a"));
    EXPECT_FALSE(book.is_used("web"));
    EXPECT_THAT(find("b", spec).value().host_ports, ElementsAre(20'000));
}

TEST_F(LeaseBookTest, PortsThatAreLeftOpenAreTheLowestFree) {
    EXPECT_THAT(take("a", publishing({"80", "443", "udp:53", "8000:20002"})).host_ports,
                ElementsAre(20'000, 20'001, 20'000, 20'002));
    EXPECT_THAT(take("b", publishing({"80", "90-92"})).host_ports, ElementsAre(20'003, 20'004));
    EXPECT_THAT(take("a", publishing({"443", "80"})).host_ports, ElementsAre(20'001, 20'000))
        << "each keeps what it had";
    const Error full = refusal("c", publishing({"1-8"}));
    EXPECT_EQ(full.kind, ErrorKind::ResourceExhausted);
    EXPECT_EQ(full.field, "ports[0].host");
}

TEST_F(LeaseBookTest, APortIsOnesAlone) {
    take("a", publishing({"80:8080", "81:9000@10.9.9.1", "4000-4009:4000-4009"}));
    const Error taken = refusal("b", publishing({"udp:80:8080", "80:8080"}));
    EXPECT_EQ(taken.kind, ErrorKind::Conflict);
    EXPECT_EQ(taken.field, "ports[1].host");
    EXPECT_THAT(taken.message, HasSubstr("published by pot a"));
    EXPECT_EQ(refusal("b", publishing({"80:8080@10.9.9.1"})).kind, ErrorKind::Conflict) << "all has this one";
    EXPECT_EQ(refusal("b", publishing({"80:9000"})).kind, ErrorKind::Conflict);
    EXPECT_TRUE(find("b", publishing({"80:9000@10.9.9.2", "udp:80:8080"})));
    EXPECT_EQ(refusal("b", publishing({"80:4009"})).kind, ErrorKind::Conflict) << "the last of a row";
    EXPECT_TRUE(find("b", publishing({"80:4010"})));
    EXPECT_TRUE(find("a", publishing({"80:4005"}))) << "its own";
}

PotSpec with_mac(const std::string& bridge, const HardwareAddress& hardware) {
    PotSpec spec = on(bridge);
    spec.network.bridges[0].hardware = hardware;
    return spec;
}

TEST_F(LeaseBookTest, AHardwareAddressIsOnesAloneOnABridge) {
    const HardwareAddress fixed{2, 0, 0x5e, 0x10, 0, 1};
    take("a", with_mac("web", fixed));
    const Error taken = refusal("b", with_mac("web", fixed));
    EXPECT_EQ(taken.kind, ErrorKind::Conflict);
    EXPECT_EQ(taken.field, "network.mac");
    EXPECT_EQ(taken.message,
              "network.mac: 02:00:5e:10:00:01 is the hardware address of pot a on bridge web; "
              "give another one");
    PotSpec second = on("old");
    second.network.bridges.push_back({"web", {}, {}, fixed});
    EXPECT_EQ(refusal("b", second).field, "network.interfaces[0].mac");
    EXPECT_TRUE(find("b", with_mac("old", fixed))) << "another bridge";
    EXPECT_TRUE(find("a", with_mac("web", fixed))) << "its own";

    const auto hold =
        book.hold({id("c"), "c"}, find("c", with_mac("old", fixed)).value(), with_mac("old", fixed));
    EXPECT_EQ(refusal("b", with_mac("old", fixed)).kind, ErrorKind::Conflict) << "held";
    book.let_go(hold);
    take("a", on("web"));
    EXPECT_TRUE(find("b", with_mac("web", fixed))) << "given up";
}

TEST_F(LeaseBookTest, AHardwareAddressThatIsMadeIsOnesAloneToo) {
    take("a", on("web"));
    const HardwareAddress made = hardware_of(id("a"), {"web", {}, {}, {}});
    EXPECT_THAT(refusal("b", with_mac("web", made)).message, HasSubstr("of pot a"));
    take("b", with_mac("web", hardware_of(id("c"), {"web", {}, {}, {}})));
    const Error taken = refusal("c", on("web"));
    EXPECT_EQ(taken.kind, ErrorKind::Conflict);
    EXPECT_THAT(taken.message, HasSubstr("of pot b"));
}

TEST_F(LeaseBookTest, WhatTwoHadBeforeStays) {
    const PotSpec spec = with_mac("web", {2, 0, 0, 0, 0, 1});
    const Leases of_b = find("b", on("web")).value();
    take("a", spec);
    book.record({id("b"), "b"}, of_b, spec);  // as an earlier version did
    EXPECT_TRUE(find("a", spec) && find("b", spec));
    EXPECT_FALSE(find("c", spec));
    book.forget(id("a"));
    EXPECT_FALSE(find("c", spec)) << "b has it";
    book.forget(id("b"));
    EXPECT_TRUE(find("c", spec));
}

/// What was handed out, by itself: the book must agree with it after every step.
struct Handed {
    std::map<std::string, std::string> addresses;  ///< of which pot
    std::map<std::pair<Protocol, int>, std::string> ports;
    std::map<HardwareAddress, std::string> stations;

    void add(const std::string& pot, const Leases& leases, const PotSpec& spec) {
        const auto [station, is_new] =
            stations.emplace(hardware_of({"id-" + pot}, spec.network.bridges[0]), pot);
        EXPECT_TRUE(is_new || station->second == pot) << station->second << " and " << pot;
        const std::vector<PublishedPort>& published = spec.ports;
        for (const auto& one : leases.addresses) {
            const auto [at, fresh] = addresses.emplace(to_string(one.address), pot);
            EXPECT_TRUE(fresh || at->second == pot) << at->first << ": " << at->second << " and " << pot;
        }
        for (std::size_t i = 0; i < published.size(); ++i) {
            for (int n = 0; n < published[i].count; ++n) {
                const std::pair key{published[i].protocol, leases.host_ports[i] + n};
                const auto [at, fresh] = ports.emplace(key, pot);
                EXPECT_TRUE(fresh || at->second == pot) << key.second << ": " << at->second << " and " << pot;
            }
        }
    }
    void drop(const std::string& pot) {
        std::erase_if(addresses, [&](const auto& one) { return one.second == pot; });
        std::erase_if(ports, [&](const auto& one) { return one.second == pot; });
        std::erase_if(stations, [&](const auto& one) { return one.second == pot; });
    }
};

TEST_F(LeaseBookTest, NeverTwoOfOne) {
    const std::vector<std::vector<std::string>> rows{{}, {"80"}, {"80", "udp:53"}, {"1-3"}, {"80:20004"}};
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        LeaseBook one(PortRange{20'000, 20'009});
        one.add(bridge("web", "10.0.0.0/28", "fd00::/64"));
        Handed handed;
        std::set<std::string> have;
        for (int step = 0; step < 300; ++step) {
            const std::string pot = "pot-" + std::to_string(random() % 20);
            if (random() % 3 == 0) {
                one.forget(id(pot));
                handed.drop(pot);
                have.erase(pot);
                continue;
            }
            PotSpec spec = publishing(rows[random() % rows.size()]);
            if (random() % 4 == 0)
                spec.network.bridges[0].ipv4 = given("10.0.0." + std::to_string(2 + random() % 13));
            // Four that somebody gave, and what pots of this world have by themselves.
            if (random() % 4 == 0)
                spec.network.bridges[0].hardware =
                    HardwareAddress{2, 0, 0, 0, 0, static_cast<std::uint8_t>(random() % 4)};
            if (random() % 8 == 0)
                spec.network.bridges[0].hardware =
                    hardware_of(id("pot-" + std::to_string(random() % 20)), {"web", {}, {}, {}});
            const auto leases = one.find(spec, id(pot));
            if (!leases) {
                // 13 addresses and 10 ports are there: a refusal must have a reason.
                EXPECT_NE(leases.error().kind, ErrorKind::InvalidArgument);
                EXPECT_FALSE(handed.addresses.empty() && handed.ports.empty());
                continue;
            }
            handed.drop(pot);
            handed.add(pot, *leases, spec);
            const auto hold = one.hold({id(pot), pot}, *leases, spec);
            one.record({id(pot), pot}, *leases, spec);
            one.let_go(hold);
            have.insert(pot);
        }
        for (const std::string& pot : have) one.forget(id(pot));
        EXPECT_FALSE(one.is_used("web"));
        EXPECT_EQ(to_string(one.find(on("web"), id("new"))->addresses[0].address), "10.0.0.2")
            << "all came back";
    }
}

}  // namespace
}  // namespace potd::core
