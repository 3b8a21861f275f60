#include "daemon/platform/freebsd/pure/jail_plan.hpp"

#include "daemon/platform/freebsd/pure/jail_plan_view.hpp"

#include <random>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

JailPlan some_jail() {
    JailPlan plan;
    plan.run = 3;
    plan.socket_path = "/run/a.sock";
    plan.record_path = "/run/a.exit";
    plan.log_directory = "/log";
    plan.argv = {"sh", "-c", "true"};
    plan.jail = "potd_default_0123456789ab_3";
    plan.root = "/pots/a/root";
    plan.umask = 027;
    plan.no_new_privileges = false;
    plan.boots = plan.loopback = true;
    plan.parameters = {jail_flag("allow.mlock"), jail_number("ip4", 2), jail_text("host.hostname", "web")};
    plan.mounts = {{"devfs", "/dev", "", 0, {}},
                   {"tmpfs", "/tmp", "", JailMount::NoSetuid, {"size", "1000"}}};
    plan.device_rules = {{"", DeviceRule::Hide, -1, 0}, {"null", DeviceRule::Unhide, 0666, 0}};
    plan.limit_rules = {"jail:j:maxproc:deny=5"};
    plan.cpus = {0, 258};
    const auto ip = [](const char* text) { return *core::parse_ip_address(text); };
    plan.cables = {{"pb-web",
                    "pv0",
                    "eth0_0123456789",
                    "potd potd run 0123456789ab.3",
                    "pgx_c",
                    true,
                    {2, 0, 0x5e, 0x10, 0, 1},
                    {{ip("10.192.0.2"), 16}, {ip("fd00::2"), 64}},
                    {ip("10.192.0.1")}}};
    plan.devices = {{"em1", {{ip("192.0.2.2"), 24}}, {ip("192.0.2.1")}}};
    return plan;
}

TEST(JailPlanTest, ComesBackWhole) {
    const auto bytes = encode(some_jail()).value();
    JailView plan;
    ASSERT_TRUE(read_plan(bytes, plan));
    EXPECT_EQ(plan.monitor.run, 3U);
    EXPECT_EQ(plan.command.argv.size(), 3U);
    EXPECT_EQ(plan.jail.name, "potd_default_0123456789ab_3");
    EXPECT_EQ(plan.jail.root, "/pots/a/root");
    EXPECT_EQ(plan.jail.umask, 027U);
    EXPECT_FALSE(plan.jail.no_new_privileges);
    EXPECT_TRUE(plan.jail.boots);
    EXPECT_TRUE(plan.jail.loopback);
    ASSERT_EQ(plan.jail.cpus.size(), 8U);
    EXPECT_EQ(plan.jail.cpus[4], std::byte{2});
    EXPECT_EQ(plan.jail.cpus[5], std::byte{1});
}

TEST(JailPlanTest, ParametersKeepTheirBytes) {
    const auto bytes = encode(some_jail()).value();
    JailView plan;
    ASSERT_TRUE(read_plan(bytes, plan));
    std::vector<JailParameter> seen;
    for (const auto payload : plan.of(PlanTag::Parameter)) {
        ParameterView view;
        ASSERT_TRUE(read_parameter(payload, view));
        seen.push_back({std::string(view.name),
                        {reinterpret_cast<const char*>(view.bytes.data()), view.bytes.size()},
                        view.has_value});
    }
    EXPECT_EQ(seen, some_jail().parameters);
}

TEST(JailPlanTest, MountsAndRulesKeepTheirOrder) {
    const auto bytes = encode(some_jail()).value();
    JailView plan;
    ASSERT_TRUE(read_plan(bytes, plan));
    std::string all;
    for (const auto payload : plan.of(PlanTag::JailMount)) {
        JailMountView view;
        ASSERT_TRUE(read_jail_mount(payload, view));
        all +=
            std::string(view.fstype) + std::string(view.target) + std::to_string(view.options.size()) + " ";
    }
    for (const auto payload : plan.of(PlanTag::DeviceRule)) {
        DeviceRuleView view;
        ASSERT_TRUE(read_device_rule(payload, view));
        all += std::string(view.pattern) + std::to_string(view.action) + std::to_string(view.mode) + " ";
    }
    EXPECT_EQ(all, "devfs/dev0 tmpfs/tmp2 1-1 null2438 ");
}

TEST(JailPlanTest, CablesComeBackWhole) {
    const auto bytes = encode(some_jail()).value();
    JailView plan;
    ASSERT_TRUE(read_plan(bytes, plan));
    CableView cable;
    ASSERT_TRUE(read_cable(*plan.of(PlanTag::Cable).begin(), cable));
    EXPECT_EQ(cable.bridge, "pb-web");
    EXPECT_EQ(cable.host_end, "pv0");
    EXPECT_EQ(cable.name, "eth0_0123456789");
    EXPECT_EQ(cable.note, "potd potd run 0123456789ab.3");
    EXPECT_EQ(cable.group, "pgx_c");
    EXPECT_TRUE(cable.isolated);
    EXPECT_EQ(cable.hardware[2], std::byte{0x5e});
    ASSERT_EQ(cable.addresses.size(), 2U);
    EXPECT_EQ(cable.addresses[0].bytes.size(), 4U);
    EXPECT_EQ(cable.addresses[0].prefix, 16);
    EXPECT_TRUE(cable.addresses[1].v6);
    EXPECT_EQ(cable.addresses[1].bytes[15], std::byte{2});
    ASSERT_EQ(cable.gateways.size(), 1U);
    EXPECT_EQ(cable.gateways[0].bytes[3], std::byte{1});
}

TEST(JailPlanTest, InterfacesOfTheHostComeBackWhole) {
    const auto bytes = encode(some_jail()).value();
    JailView plan;
    ASSERT_TRUE(read_plan(bytes, plan));
    MovedLinkView link;
    ASSERT_TRUE(read_moved_link(*plan.of(PlanTag::MovedLink).begin(), link));
    EXPECT_EQ(link.name, "em1");
    ASSERT_EQ(link.addresses.size(), 1U);
    EXPECT_EQ(link.addresses[0].prefix, 24);
    ASSERT_EQ(link.gateways.size(), 1U);
    EXPECT_EQ(link.gateways[0].bytes[3], std::byte{1});
}

TEST(JailPlanTest, ANameThatIsTooLongForAnInterfaceIsRefused) {
    JailPlan plan = some_jail();
    plan.cables[0].name = std::string(16, 'x');
    JailView view;
    EXPECT_FALSE(read_plan(encode(plan).value(), view));
    plan = some_jail();
    plan.devices[0].name = std::string(16, 'x');
    EXPECT_FALSE(read_plan(encode(plan).value(), view));
}

TEST(JailPlanTest, ATextWithNulIsRefused) {
    JailPlan plan = some_jail();
    plan.root = std::string("/a\0b", 4);
    EXPECT_EQ(encode(plan).error().field, "root");
}

TEST(JailPlanTest, NoDamageIsReadAsAPlanThatRunsOutside) {
    const auto whole = encode(some_jail()).value();
    std::mt19937 random(7);  // NOLINT: the same damage every time
    for (std::size_t size = 0; size < whole.size(); ++size) {
        JailView plan;
        EXPECT_FALSE(read_plan(std::span(whole).first(size), plan)) << size;
    }
    for (int i = 0; i < 2000; ++i) {
        auto damaged = whole;
        damaged[random() % damaged.size()] = static_cast<std::byte>(random());
        JailView plan;
        if (!read_plan(damaged, plan)) continue;
        EXPECT_LE(plan.jail.cpus.size(), damaged.size());
    }
}

}  // namespace
}  // namespace potd::platform
