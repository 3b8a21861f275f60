#include "daemon/platform/freebsd/pure/pf_text.hpp"

#include "daemon/platform/freebsd/pure/network_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

core::IpAddress address(const char* text) {
    return *core::parse_ip_address(text);
}

core::BridgeNetwork side(const char* network, const char* gateway) {
    return {*core::parse_ip_network(network, "network"), address(gateway)};
}

PfRules some_rules() {
    PfRules rules;
    rules.instance = "potd";
    rules.bridges = {{"pb-public", side("10.192.0.0/16", "10.192.0.1"), side("fd00::/64", "fd00::1")},
                     {"pb-apart", side("10.193.0.0/29", "10.193.0.1"), {}, true}};
    rules.members = {{"pv0a", {2, 0, 0x5e, 0x10, 0, 1}, {address("10.192.0.2"), address("fd00::2")}},
                     {"pv0b", {2, 0, 0x5e, 0x10, 0, 2}, {address("10.193.0.2")}}};
    rules.ports = {{"tcp", {}, 8000, address("10.192.0.2"), 80},
                   {"tcp", {}, 8000, address("fd00::2"), 80},
                   {"udp", address("192.0.2.1"), 53, address("10.193.0.2"), 5353}};
    rules.uplinks = {{"em0", true, false}, {"em1", true, true}};
    return rules;
}

std::size_t place_of(const std::string& text, const std::string& line) {
    const std::size_t found = text.find(line);
    EXPECT_NE(found, std::string::npos) << line << " is not in\n" << text;
    return found;
}

TEST(PfTextTest, WithoutBridgesThereIsNothing) {
    PfRules rules = some_rules();
    rules.bridges.clear();
    EXPECT_EQ(pf_rules(rules), "");
}

TEST(PfTextTest, TranslationsComeBeforeFilters) {
    const std::string text = pf_rules(some_rules());
    EXPECT_LT(text.rfind("\nnat "), text.find("\nrdr "));
    EXPECT_LT(text.rfind("\nrdr "), std::min(text.find("\nblock "), text.find("\npass ")));
    EXPECT_EQ(text.find("table "), 0U);
}

TEST(PfTextTest, WhatLeavesHasTheFirstAddressOfItsInterface) {
    const std::string text = pf_rules(some_rules());
    EXPECT_THAT(text, HasSubstr(R"(nat on "em0" inet from <pots> to any -> ("em0:0"))"));
    EXPECT_THAT(text, Not(HasSubstr(R"(nat on "em0" inet6)")));
    EXPECT_THAT(text, HasSubstr(R"(nat on "em1" inet6 from <pots> to any -> ("em1:0"))"));
}

TEST(PfTextTest, TheHostsOwnAddressesAreNoPots) {
    EXPECT_THAT(pf_rules(some_rules()),
                HasSubstr("table <pots> const { 10.192.0.0/16, ! 10.192.0.1, fd00::/64, ! fd00::1, "
                          "10.193.0.0/29, ! 10.193.0.1 }\n"));
}

TEST(PfTextTest, APortIsToldByTheWayToIt) {
    const std::string text = pf_rules(some_rules());
    const std::size_t local = place_of(
        text,
        R"(rdr on lo0 inet proto tcp from any to (self) port 8000 tag "potd.local" -> 10.192.0.2 port 80)");
    const std::size_t inside = place_of(text, "rdr on \"" + bridge_group("potd") +
                                                  "\" inet proto tcp from any to (self) port 8000 tag "
                                                  "\"potd.inside\" -> 10.192.0.2 port 80");
    const std::size_t outside = place_of(
        text, R"(rdr inet proto tcp from any to (self) port 8000 tag "potd.port" -> 10.192.0.2 port 80)");
    EXPECT_LT(local, inside);
    EXPECT_LT(inside, outside);
    EXPECT_THAT(text,
                HasSubstr("rdr inet6 proto tcp from any to (self) port 8000 tag \"potd.port\" -> fd00::2"));
    EXPECT_THAT(text, HasSubstr("rdr inet proto udp from any to 192.0.2.1 port 53 "));
}

TEST(PfTextTest, AnIsolatedBridgeLetsItsPotsReachTheHostAlone) {
    const std::string text = pf_rules(some_rules());
    EXPECT_THAT(
        text, HasSubstr(R"(pass in quick on "pb-public" inet from 10.192.0.0/16 to 10.192.0.0/16 no state)"));
    EXPECT_THAT(text,
                HasSubstr(R"(pass in quick on "pb-apart" inet from 10.193.0.0/29 to 10.193.0.1 no state)"));
    const std::string between = "block drop in quick on \"" + bridge_group("potd") + "\" to <pots>\n";
    EXPECT_LT(place_of(text, R"(from 10.193.0.0/29 to 10.193.0.1 no state)"), place_of(text, between));
    EXPECT_LT(place_of(text, between),
              place_of(text, R"(pass in quick on "pb-apart" inet from 10.193.0.0/29 to any)"));
}

TEST(PfTextTest, APotSpeaksWithItsOwnAddressesAlone) {
    const std::string text = pf_rules(some_rules());
    const std::string end = "block drop in quick on \"" + cable_group("potd") + "\" all\n";
    for (const char* rule : {R"(pass in quick on "pv0a" inet from 10.192.0.2 no state)",
                             R"(pass in quick on "pv0a" inet6 from fd00::2 no state)",
                             R"(pass in quick on "pv0a" inet6 from { ::, fe80::5eff:fe10:1 } no state)",
                             R"(pass in quick on "pv0b" inet from 10.193.0.2 no state)"})
        EXPECT_LT(place_of(text, rule), place_of(text, end));
    EXPECT_THAT(text, Not(HasSubstr(R"("pv0b" inet6)")));
}

TEST(PfTextTest, SaysWhichLinesAreMissing) {
    const std::string nat = "nat-anchor \"potd/*\" all\nrdr-anchor \"potd/*\" all\n";
    const std::string rules = "scrub in all\nanchor \"potd/*\" all\npass all flags S/SA keep state\n";
    EXPECT_TRUE(missing_anchors(nat, rules).empty());
    EXPECT_THAT(missing_anchors("", rules),
                ::testing::ElementsAre("nat-anchor \"potd/*\"", "rdr-anchor \"potd/*\""));
    EXPECT_THAT(missing_anchors(nat, "anchor \"pot-rdr/*\" all\n"),
                ::testing::ElementsAre("anchor \"potd/*\""));
    EXPECT_TRUE(check_pf("Status: Enabled for 0 days", nat, rules));
    const core::Status off = check_pf("Status: Disabled", nat, rules);
    EXPECT_EQ(off.error().kind, core::ErrorKind::Unsupported);
    EXPECT_THAT(off.error().message, HasSubstr("pf is off"));
    EXPECT_THAT(check_pf("Status: Enabled", "", "").error().message,
                HasSubstr("nat-anchor \"potd/*\"; rdr-anchor \"potd/*\"; anchor \"potd/*\""));
}

TEST(PfTextTest, WhatIsRoutedLeavesByItsOwnAddressAndIsReachedByPublishedPorts) {
    PfRules rules = some_rules();
    EXPECT_THAT(pf_rules(rules), AllOf(Not(HasSubstr("no nat inet")), Not(HasSubstr("pass out on "))));
    rules.bridges[0].routed = true;
    rules.ports[1].own = true;
    const std::string text = pf_rules(rules);
    const std::size_t routed = place_of(text, "no nat inet6 from fd00::/64 to any\n");
    EXPECT_LT(routed, place_of(text, R"(nat on "em1" inet6 from <pots> to any)"));
    EXPECT_LT(place_of(text, R"(nat on "pb-public" inet6 from <pots> to fd00::/64 tagged "potd.inside")"),
              routed)
        << "published ports of the host are answered by the host";
    EXPECT_THAT(text, HasSubstr("fd00::/64, ! fd00::1")) << "and its pots are pots";
    const std::string of_bridges = "\"" + bridge_group("potd") + "\"";
    const auto opening = [](const std::string& on) {
        return "pass in quick on " + on +
               " inet6 proto tcp from any to fd00::2 port 80 tag \"potd.port\" keep state\n";
    };
    const std::size_t outside = place_of(text, opening("! " + of_bridges));
    EXPECT_LT(outside, place_of(text, "block drop in quick on ! " + of_bridges + " to <pots>\n"));
    const std::size_t inside = place_of(text, opening(of_bridges));
    EXPECT_LT(place_of(text, R"(pass in quick on "pb-public" inet6 from fd00::/64 to fd00::/64 no state)"),
              inside)
        << "pots of one bridge need no state";
    EXPECT_LT(inside, place_of(text, "block drop in quick on " + of_bridges + " to <pots>\n"));
    EXPECT_THAT(text, Not(HasSubstr("from any to 10.192.0.2 port 80 tag"))) << "IPv4 is hidden as ever";
    EXPECT_THAT(text, HasSubstr("pass out on ! " + of_bridges + " inet6 from fd00::/64 to any keep state\n"))
        << "answers come by what remembers the question, which no translation does";
}

TEST(PfTextTest, WhatIsBeyondAnUplinkIsNotTheHosts) {
    PfRules rules = some_rules();
    PfBridge lan;
    lan.link = "pb-lan";
    lan.has_uplink = true;
    rules.bridges.push_back(lan);
    rules.members.push_back({"pv0c", {2, 0, 0x5e, 0x10, 0, 3}, {}, true});
    const std::string text = pf_rules(rules);
    EXPECT_THAT(
        text, HasSubstr("pass quick on \"pb-lan\" inet6 all no state\nblock drop quick on \"pb-lan\" all\n"));
    EXPECT_LT(place_of(text, R"(icmp6-type { routeradv, redir })"),
              place_of(text, R"(on "pv0c" inet6 from { 2000::/3)"))
        << "a pot there is no router";
    EXPECT_LT(place_of(text, R"(on "pv0c" inet6 proto udp from any port 547)"),
              place_of(text, R"(on "pv0c" inet6 from { 2000::/3)"));
    EXPECT_THAT(text, HasSubstr(R"(on "pv0c" inet6 from { ::, fe80::5eff:fe10:3 } no state)"));
    EXPECT_THAT(text, Not(HasSubstr(R"(on "pv0c" inet )")));
}

}  // namespace
}  // namespace potd::platform
