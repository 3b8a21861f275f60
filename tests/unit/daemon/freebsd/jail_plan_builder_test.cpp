#include "daemon/platform/freebsd/pure/jail_plan_builder.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

JailHost some_host() {
    JailHost host;
    for (const char* flag : {"allow.mount", "allow.mlock", "allow.raw_sockets", "allow.mount.tmpfs",
                             "allow.mount.nullfs", "allow.mount.zfs", "allow.mount.linprocfs", "persist"})
        host.parameters[flag] = JailParameterKind::Flag;
    for (const char* number : {"enforce_statfs", "children.max", "securelevel"})
        host.parameters[number] = JailParameterKind::Number;
    for (const char* mode : {"sysvshm", "sysvsem", "sysvmsg", "linux"})
        host.parameters[mode] = JailParameterKind::Mode;
    host.accounting = true;
    return host;
}

core::LaunchRequest some_request() {
    core::LaunchRequest request;
    request.key = {{"0123456789ab"}, 7};
    request.spec.name = "web";
    request.spec.command = {"/bin/sleep", "1"};
    request.root.path = "/state/pots/0123456789ab/root";
    request.log_directory = "/log";
    return request;
}

core::Result<JailPlan> build(const core::LaunchRequest& request, const JailHost& host = some_host()) {
    return JailPlanBuilder(host).build(request, {"/run/s", "/run/r"}, {"13.2-RELEASE"});
}

bool has(const JailPlan& plan, const JailParameter& wanted) {
    return std::find(plan.parameters.begin(), plan.parameters.end(), wanted) != plan.parameters.end();
}

std::vector<std::string> mounted(const JailPlan& plan) {
    std::vector<std::string> result;
    for (const JailMount& mount : plan.mounts) result.push_back(mount.fstype + mount.target);
    return result;
}

TEST(JailPlanBuilderTest, APlainPotGetsPotsDefaults) {
    const auto plan = build(some_request());
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_EQ(plan->jail, "potd_default_0123456789ab_7");
    EXPECT_TRUE(has(*plan, jail_number("enforce_statfs", 2)));
    EXPECT_TRUE(has(*plan, jail_number("sysvshm", 1)));
    EXPECT_TRUE(has(*plan, jail_flag("allow.set_hostname", false)));
    EXPECT_TRUE(has(*plan, jail_text("host.hostname", "web")));
    EXPECT_TRUE(has(*plan, jail_text("osrelease", "13.2-RELEASE")));
    EXPECT_TRUE(has(*plan, jail_number("ip4", 2)));
    EXPECT_FALSE(has(*plan, jail_flag("allow.raw_sockets")));
    EXPECT_EQ(mounted(*plan), std::vector<std::string>{"devfs/dev"});
    EXPECT_FALSE(plan->persistent);
}

core::LaunchRequest request_with(core::NetworkType type, std::vector<core::PotInterface> interfaces = {}) {
    auto request = some_request();
    request.spec.network = {type, std::move(interfaces)};
    return request;
}

JailHost host_with_addresses(bool six = true) {
    JailHost host = some_host();
    host.parameters["ip4.addr"] = JailParameterKind::Inet4;
    if (six) host.parameters["ip6.addr"] = JailParameterKind::Inet6;
    return host;
}

core::LaunchRequest request_on_bridges() {
    auto request = request_with(core::NetworkType::PrivateBridge);
    const auto ip = [](const char* text) { return *core::parse_ip_address(text); };
    const auto network = [](const char* text) {
        return core::bridge_network(*core::parse_ip_network(text, ""));
    };
    core::Bridge front{"front", network("10.1.0.0/24"), network("fd01::/64"), false, {}};
    core::Bridge back{"back", network("10.2.0.0/24"), {}, true, {}};
    request.connections = {{front, ip("10.1.0.2"), ip("fd01::2"), {2, 0, 0, 0, 0, 1}},
                           {back, ip("10.2.0.2"), {}, {2, 0, 0, 0, 0, 2}}};
    return request;
}

TEST(JailPlanBuilderTest, APotOnBridgesHasAStackOfItsOwnWithCables) {
    JailHost host = some_host();
    host.parameters["vnet"] = JailParameterKind::Mode;
    const auto plan = build(request_on_bridges(), host);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_TRUE(plan->loopback);
    EXPECT_TRUE(has(*plan, jail_number("vnet", 1)));
    ASSERT_EQ(plan->cables.size(), 2U);
    const JailCable &front = plan->cables[0], &back = plan->cables[1];
    EXPECT_EQ(front.name, "eth0_0123456789");
    EXPECT_EQ(back.name, "eth1_0123456789");
    EXPECT_NE(front.host_end, back.host_end);
    EXPECT_FALSE(front.isolated);
    EXPECT_TRUE(back.isolated);
    EXPECT_EQ(front.addresses.size(), 2U);
    EXPECT_EQ(front.addresses[0].prefix, 24);
    EXPECT_EQ(front.gateways.size(), 2U);
    EXPECT_TRUE(back.gateways.empty()) << "the first is the way out";
    EXPECT_EQ(front.routers, RouterWord::Ignored);
}

TEST(JailPlanBuilderTest, BeyondAnUplinkRoutersSayWhatItHas) {
    JailHost host = some_host();
    host.parameters["vnet"] = JailParameterKind::Mode;
    auto request = request_on_bridges();
    core::Bridge lan;
    lan.name = "lan";
    lan.uplink = "em1";
    request.connections.push_back({lan, {}, {}, {2, 0, 0, 0, 0, 3}});
    const auto second = build(request, host);
    ASSERT_TRUE(second.ok()) << second.error().message;
    EXPECT_EQ(second->cables.at(2).routers, RouterWord::Addresses) << "the first bridge is the way out";
    EXPECT_TRUE(second->cables.at(2).addresses.empty());
    request.connections.erase(request.connections.begin(), request.connections.begin() + 2);
    const auto alone = build(request, host);
    ASSERT_TRUE(alone.ok()) << alone.error().message;
    EXPECT_EQ(alone->cables.at(0).routers, RouterWord::DefaultRoute);
}

TEST(JailPlanBuilderTest, AnInterfaceOfTheHostNeedsAStackOfItsOwn) {
    JailHost host = some_host();
    host.parameters["vnet"] = JailParameterKind::Mode;
    auto request = request_with(core::NetworkType::None);
    request.spec.network.devices = {{"em1", "", {{*core::parse_ip_address("192.0.2.2"), 24}}, {}}};
    auto plan = build(request, host);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_TRUE(plan->loopback);
    ASSERT_EQ(plan->devices.size(), 1U);
    EXPECT_EQ(plan->devices[0].name, "em1");
    EXPECT_EQ(build(request).error().field, "network.devices") << "no VIMAGE";
    request.spec.network.devices[0].name = "wan";
    EXPECT_EQ(build(request, host).error().field, "network.devices[0].name");
    request = request_with(core::NetworkType::Alias, {{"em0", {{*core::parse_ip_address("10.0.0.2"), {}}}}});
    request.spec.network.devices = {{"em1", "", {}, {}}};
    host = host_with_addresses();
    host.parameters["vnet"] = JailParameterKind::Mode;
    EXPECT_EQ(build(request, host).error().field, "network.devices");
}

TEST(JailPlanBuilderTest, WithoutVimageAPotOnBridgesIsRefused) {
    const auto plan = build(request_on_bridges());
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(plan.error().kind, core::ErrorKind::Unsupported);
    EXPECT_EQ(plan.error().field, "network.type");
}

TEST(JailPlanBuilderTest, AnAliasPotHasExactlyItsAddresses) {
    const auto ip = [](const char* text) {
        return core::InterfaceAddress{*core::parse_ip_address(text), {}};
    };
    const auto four =
        request_with(core::NetworkType::Alias, {{"em0", {ip("10.0.0.2")}}, {"em1", {ip("10.1.0.2")}}});
    auto plan = build(four, host_with_addresses());
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_TRUE(has(*plan, jail_number("ip4", 1)));
    EXPECT_TRUE(has(*plan, {"ip4.addr", {"\x0a\x00\x00\x02\x0a\x01\x00\x02", 8}, true}));
    EXPECT_TRUE(has(*plan, jail_number("ip6", 0)));
    EXPECT_FALSE(plan->loopback);
    const auto both = request_with(core::NetworkType::Alias, {{"em0", {ip("fd00::1"), ip("10.0.0.2")}}});
    plan = build(both, host_with_addresses());
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_TRUE(has(*plan, {"ip4.addr", {"\x0a\x00\x00\x02", 4}, true}));
    EXPECT_TRUE(has(*plan, {"ip6.addr", "\xfd" + std::string(14, '\0') + "\x01", true}));
    plan = build(both, host_with_addresses(false));
    ASSERT_FALSE(plan.ok());
    EXPECT_EQ(plan.error().field, "network.interfaces[0].addresses[0]");
    EXPECT_EQ(plan.error().kind, core::ErrorKind::Unsupported);
}

TEST(JailPlanBuilderTest, WithoutANetworkThereIsLoopbackWhereTheKernelHasStacksOfItsOwn) {
    auto plan = build(request_with(core::NetworkType::None));
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_FALSE(plan->loopback);
    EXPECT_TRUE(has(*plan, jail_number("ip4", 0)));
    JailHost host = some_host();
    host.parameters["vnet"] = JailParameterKind::Mode;
    plan = build(request_with(core::NetworkType::None), host);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_TRUE(plan->loopback);
    EXPECT_TRUE(has(*plan, jail_number("vnet", 1)));
    EXPECT_FALSE(has(*plan, jail_number("ip4", 0))) << "refused by the kernel beside vnet";
    plan = build(request_with(core::NetworkType::Inherit), host);
    EXPECT_FALSE(plan->loopback);
    EXPECT_TRUE(has(*plan, jail_number("ip6", 2)));
}

TEST(JailPlanBuilderTest, APotWithoutACommandBootsAndStays) {
    auto request = some_request();
    request.spec.command.clear();
    const auto plan = build(request);
    EXPECT_EQ(plan->argv, (std::vector<std::string>{"/bin/sh", "/etc/rc"}));
    EXPECT_TRUE(plan->persistent);
    EXPECT_TRUE(plan->boots);
}

TEST(JailPlanBuilderTest, AttributesBecomeParametersAndMounts) {
    auto request = some_request();
    request.spec.attributes = {{"procfs", "YES"},        {"fdescfs", "yes"},     {"mlock", "on"},
                               {"enforce_statfs", "1"},  {"sysvmsg", "inherit"}, {"children", "3"},
                               {"jail.securelevel", "2"}};
    const auto plan = build(request);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_TRUE(has(*plan, jail_flag("allow.mlock")));
    EXPECT_TRUE(has(*plan, jail_number("enforce_statfs", 1)));
    EXPECT_FALSE(has(*plan, jail_number("enforce_statfs", 2)));
    EXPECT_TRUE(has(*plan, jail_number("sysvmsg", 2)));
    EXPECT_TRUE(has(*plan, jail_number("children.max", 3)));
    EXPECT_TRUE(has(*plan, jail_number("securelevel", 2)));
    EXPECT_EQ(mounted(*plan), (std::vector<std::string>{"devfs/dev", "procfs/proc", "fdescfs/dev/fd"}));
}

TEST(JailPlanBuilderTest, ALinuxUserlandGetsItsOwnFileSystems) {
    auto request = some_request();
    request.spec.attributes = {{"linux", "true"}};
    request.spec.network.type = core::NetworkType::None;
    const auto plan = build(request);
    ASSERT_TRUE(plan.ok()) << plan.error().message;
    EXPECT_TRUE(has(*plan, jail_number("linux", 1)));
    EXPECT_TRUE(has(*plan, jail_number("ip6", 0)));
    EXPECT_EQ(mounted(*plan), (std::vector<std::string>{"devfs/dev", "linprocfs/proc", "linsysfs/sys",
                                                        "fdescfs/dev/fd", "tmpfs/dev/shm"}));
}

std::string refused_attribute(const std::string& name, const std::string& value) {
    auto request = some_request();
    request.spec.attributes = {{name, value}};
    const auto plan = build(request);
    return plan ? "accepted" : plan.error().field;
}

TEST(JailPlanBuilderTest, WrongAttributesAreRefusedByName) {
    EXPECT_EQ(refused_attribute("procfs", "maybe"), "attributes.procfs");
    EXPECT_EQ(refused_attribute("wings", "yes"), "attributes.wings");
    EXPECT_EQ(refused_attribute("no-etc-hosts", "true"), "accepted") << "potd's own";
    EXPECT_EQ(refused_attribute("jail.allow.flying", "yes"), "attributes.jail.allow.flying");
    EXPECT_EQ(refused_attribute("jail.path", "/"), "attributes.jail.path");
    EXPECT_EQ(refused_attribute("jail.persist", "true"), "attributes.jail.persist");
    EXPECT_EQ(refused_attribute("devfs_ruleset", "0"), "attributes.devfs_ruleset");
    EXPECT_EQ(refused_attribute("devfs_ruleset", "4"), "accepted");
}

TEST(JailPlanBuilderTest, WhatAJailHasNotIsRefusedByName) {
    const auto field = [](auto change) {
        auto request = some_request();
        change(request.spec);
        const auto plan = build(request);
        return plan ? std::string("accepted") : plan.error().field;
    };
    EXPECT_EQ(field([](auto& spec) { spec.security.add_capabilities = {"NET_ADMIN"}; }),
              "security.capabilities.add[0]");
    EXPECT_EQ(field([](auto& spec) { spec.security.seccomp = core::SeccompMode::Unconfined; }),
              "security.seccomp");
    EXPECT_EQ(field([](auto& spec) { spec.security.user_namespace = true; }), "security.user_namespace");
    EXPECT_EQ(field([](auto& spec) { spec.limits.cpu_weight = 7; }), "limits.cpu_weight");
    EXPECT_EQ(field([](auto& spec) { spec.rlimits["rtprio"] = 7; }), "rlimits.rtprio");
}

TEST(JailPlanBuilderTest, WithoutAccountingOnlyACpusetIsALimit) {
    JailHost host = some_host();
    host.accounting = false;
    auto request = some_request();
    request.spec.limits.pids = 5;
    const auto refused = build(request, host);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().field, "limits.pids");
    EXPECT_NE(refused.error().message.find("kern.racct.enable"), std::string::npos);
    request.spec.limits.pids = 0;
    request.spec.limits.cpuset = "0-1";
    const auto plan = build(request, host);
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->cpus, (std::vector<std::uint32_t>{0, 1}));
}

TEST(JailPlanBuilderTest, LimitsAreRulesOnTheRunsJail) {
    auto request = some_request();
    request.spec.limits.pids = 5;
    EXPECT_EQ(build(request)->limit_rules,
              std::vector<std::string>{"jail:potd_default_0123456789ab_7:maxproc:deny=5"});
}

TEST(JailPlanBuilderTest, UsersMountsComeLastAndWithoutSetuid) {
    auto request = some_request();
    request.root.binds = {{"/bin", "/bin", true}};
    request.spec.mounts = {{core::MountSpec::Kind::Directory, "/srv", "/data", true, 0},
                           {core::MountSpec::Kind::Tmpfs, "", "/tmp", false, 4096}};
    const auto plan = build(request);
    EXPECT_EQ(mounted(*plan),
              (std::vector<std::string>{"nullfs/bin", "devfs/dev", "nullfs/data", "tmpfs/tmp"}));
    EXPECT_EQ(plan->mounts[2].flags, JailMount::ReadOnly | JailMount::NoSetuid);
    EXPECT_EQ(plan->mounts[3].options, (std::vector<std::string>{"mode", "1777", "size", "4096"}));
}

}  // namespace
}  // namespace potd::platform
