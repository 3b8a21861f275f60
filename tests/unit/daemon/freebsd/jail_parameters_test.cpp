#include "daemon/platform/freebsd/pure/jail_parameters.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

const JailParameterKinds known{
    {"allow.mlock", JailParameterKind::Flag},   {"allow.mount.nullfs", JailParameterKind::Flag},
    {"securelevel", JailParameterKind::Number}, {"host.hostid", JailParameterKind::Long},
    {"sysvshm", JailParameterKind::Mode},       {"host.domainname", JailParameterKind::Text},
    {"ip4.addr", JailParameterKind::Inet4},     {"ip6.addr", JailParameterKind::Inet6},
    {"odd", JailParameterKind::Unknown}};

core::Result<JailParameter> parse(std::string_view name, std::string_view text) {
    return parse_jail_parameter(known, name, text, "attributes.jail");
}

TEST(JailParametersTest, AFlagIsANameAndItsOppositeHasANoBeforeTheLastPart) {
    EXPECT_EQ(*parse("allow.mlock", "YES"), (JailParameter{"allow.mlock", "", false}));
    EXPECT_EQ(*parse("allow.mlock", "off"), (JailParameter{"allow.nomlock", "", false}));
    EXPECT_EQ(parse("allow.mount.nullfs", "false")->name, "allow.mount.nonullfs");
    EXPECT_EQ(negated("persist"), "nopersist");
}

TEST(JailParametersTest, NumbersHaveTheKernelsSize) {
    EXPECT_EQ(parse("securelevel", "-1")->bytes, std::string("\xff\xff\xff\xff"));
    EXPECT_EQ(parse("host.hostid", "1")->bytes.size(), 8U);
    EXPECT_EQ(parse("securelevel", "2x").error().field, "attributes.jail");
    EXPECT_EQ(parse("securelevel", "99999999999").error().kind, core::ErrorKind::InvalidArgument);
}

TEST(JailParametersTest, ModesAreNumbersOfTheKernel) {
    EXPECT_EQ(parse("sysvshm", "disable")->bytes, std::string(4, '\0'));
    EXPECT_EQ(parse("sysvshm", "new")->bytes, std::string("\x01\0\0\0", 4));
    EXPECT_EQ(parse("sysvshm", "inherit")->bytes, std::string("\x02\0\0\0", 4));
    EXPECT_EQ(parse("sysvshm", "yes").error().kind, core::ErrorKind::InvalidArgument);
}

TEST(JailParametersTest, ATextEndsWithItsNul) {
    EXPECT_EQ(parse("host.domainname", "a.b")->bytes, std::string("a.b\0", 4));
    EXPECT_EQ(jail_text("host.hostname", "web").bytes.size(), 4U);
}

TEST(JailParametersTest, AddressesAreInNetworkOrderOneAfterTheOther) {
    EXPECT_EQ(parse("ip4.addr", "10.0.0.1,127.0.0.1")->bytes, std::string("\x0a\0\0\x01\x7f\0\0\x01", 8));
    EXPECT_EQ(parse("ip6.addr", "::1")->bytes, std::string(15, '\0') + '\x01');
    EXPECT_FALSE(parse("ip4.addr", "10.0.0").ok());
    EXPECT_FALSE(parse("ip4.addr", "::1").ok());
}

TEST(JailParametersTest, WhatTheKernelDoesNotKnowIsRefusedByName) {
    const auto refused = parse("allow.flying", "yes");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Unsupported);
    EXPECT_NE(refused.error().message.find("allow.flying"), std::string::npos);
    EXPECT_FALSE(parse("odd", "1").ok());
}

TEST(JailParametersTest, SysctlTellsTheKind) {
    EXPECT_EQ(jail_parameter_kind(2, "B"), JailParameterKind::Flag);
    EXPECT_EQ(jail_parameter_kind(0x80000002, "I"), JailParameterKind::Number);
    EXPECT_EQ(jail_parameter_kind(2, "E,jailsys"), JailParameterKind::Mode);
    EXPECT_EQ(jail_parameter_kind(3, "A"), JailParameterKind::Text);
    EXPECT_EQ(jail_parameter_kind(8, "LU"), JailParameterKind::Long);
    EXPECT_EQ(jail_parameter_kind(5, "S,in_addr"), JailParameterKind::Inet4);
    EXPECT_EQ(jail_parameter_kind(5, "S,in6_addr"), JailParameterKind::Inet6);
    EXPECT_EQ(jail_parameter_kind(1, "N"), JailParameterKind::Unknown);
}

}  // namespace
}  // namespace potd::platform
