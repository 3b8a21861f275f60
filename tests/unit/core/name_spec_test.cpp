#include "core/model/name_spec.hpp"

#include "core/model/validate.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

IpAddress ip(const char* text) {
    return parse_ip_address(text).value();
}

std::string field_of(const Status& status) {
    return status ? "none" : status.error().field;
}

std::string field_of(const DnsSpec& dns) {
    return field_of(validate(dns));
}

TEST(NameSpecTest, TakesWhatIsWhole) {
    EXPECT_TRUE(validate(DnsSpec{}).ok());
    EXPECT_TRUE(
        validate(DnsSpec{DnsMode::Custom, {ip("192.0.2.1"), ip("fd00::1")}, {"a.b"}, {"ndots:2"}}).ok());
    EXPECT_TRUE(validate(DnsSpec{DnsMode::Pot, {}, {"example.org"}, {"edns0"}}).ok());
    EXPECT_TRUE(validate(std::vector<HostEntry>{{"db", ip("10.0.0.1")}, {"db", ip("fd00::1")}}).ok());
}

TEST(NameSpecTest, OnlyTheModeCustomHasServers) {
    EXPECT_EQ(field_of(DnsSpec{DnsMode::Custom, {}, {}, {}}), "dns.servers");
    EXPECT_EQ(field_of(DnsSpec{DnsMode::Inherit, {ip("192.0.2.1")}, {}, {}}), "dns.servers");
    EXPECT_EQ(field_of(DnsSpec{DnsMode::Pot, {ip("192.0.2.1")}, {}, {}}), "dns.servers");
    EXPECT_EQ(field_of(DnsSpec{DnsMode::Custom, std::vector<IpAddress>(4, ip("192.0.2.1")), {}, {}}),
              "dns.servers");
    EXPECT_EQ(field_of(DnsSpec{DnsMode::Custom, {ip("192.0.2.1"), ip("0.0.0.0")}, {}, {}}), "dns.servers[1]");
    EXPECT_EQ(field_of(DnsSpec{DnsMode::Off, {}, {"example"}, {}}), "dns.search");
    EXPECT_EQ(field_of(DnsSpec{DnsMode::Inherit, {}, {}, {"edns0"}}), "dns.options");
}

TEST(NameSpecTest, NothingBreaksOutOfALine) {
    const std::vector<IpAddress> servers{ip("192.0.2.1")};
    for (const char* bad : {"", "a b", "a\nnameserver 1.2.3.4", "-a", "a..b", "a.", "a/b", "\xc3\xa9"}) {
        EXPECT_EQ(field_of(DnsSpec{DnsMode::Custom, servers, {"ok", bad}, {}}), "dns.search[1]") << bad;
        EXPECT_EQ(field_of(validate(std::vector<HostEntry>{{bad, ip("10.0.0.1")}})), "hosts[0].name") << bad;
    }
    for (const char* bad : {"", "a b", "a\nb", "#"})
        EXPECT_EQ(field_of(DnsSpec{DnsMode::Custom, servers, {}, {bad}}), "dns.options[0]") << bad;
    EXPECT_EQ(field_of(check_host_name(std::string(64, 'a'), "name")), "name");
    EXPECT_EQ(field_of(check_host_name(std::string(63, 'a'), "name")), "none");
}

TEST(NameSpecTest, EntriesAreBoundedAndThereOnce) {
    std::vector<HostEntry> many;
    many.reserve(257);
    for (int i = 0; i < 257; ++i) many.push_back({"h" + std::to_string(i), ip("10.0.0.1")});
    EXPECT_EQ(field_of(validate(many)), "hosts");
    many.pop_back();
    EXPECT_EQ(field_of(validate(many)), "none");
    EXPECT_EQ(field_of(validate(std::vector<HostEntry>{{"a", ip("10.0.0.1")}, {"a", ip("10.0.0.1")}})),
              "hosts[1]");
    EXPECT_EQ(field_of(validate(std::vector<HostEntry>{{"a", ip("::")}})), "hosts[0].address");
}

TEST(NameSpecTest, APotWithoutANetworkAsksNoPot) {
    PotSpec spec;
    spec.name = "a";
    spec.base = "host";
    spec.dns.mode = DnsMode::Pot;
    EXPECT_EQ(field_of(validate(spec, {4, 0})), "none");
    spec.network.type = NetworkType::None;
    EXPECT_EQ(field_of(validate(spec, {4, 0})), "dns.mode");
}

TEST(NameSpecTest, ModesAreWords) {
    for (const DnsMode mode : {DnsMode::Inherit, DnsMode::Pot, DnsMode::Custom, DnsMode::Off})
        EXPECT_EQ(dns_mode_from(to_string(mode)), mode);
    EXPECT_EQ(dns_mode_from("auto"), std::nullopt);
}

}  // namespace
}  // namespace potd::core
