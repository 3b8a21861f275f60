#include "daemon/platform/linux/launch_plan.hpp"
#include "daemon/platform/linux/plan_view.hpp"

#include <random>

#include <gtest/gtest.h>

namespace potd::platform {

namespace {

LaunchPlan some_plan() {
    LaunchPlan plan;
    plan.run = 3;
    plan.socket_path = "/run/a.sock";
    plan.record_path = "/run/a.exit";
    plan.log_directory = "/log";
    plan.hostname = "web";
    plan.root_data = "lowerdir=/a";
    plan.argv = {"sh", "-c", "true"};
    plan.env = {"PATH=/bin"};
    plan.user = "web:web";
    plan.capabilities = 0xa80425fb;
    plan.seccomp.assign(16, std::byte{6});
    plan.cgroups = {{"/cg/one", CgroupDirectory::Memory, {{"memory.max", "1", false}, {"x", "2", true}}},
                    {"/cg/two", CgroupDirectory::Unified, {}}};
    plan.mounts = {{MountStep::Kind::FileSystem, "/proc", "proc", "proc", 14, "", false, true},
                   {MountStep::Kind::Mask, "/proc/keys", "", "", 0, "", false, false}};
    plan.rlimits = {{7, 10, 20}};
    plan.uid_map = {{0, 100'000, 65'536}};
    plan.shifted_layers = {"/lower"};
    plan.interfaces = {{4,
                        "pv4",
                        true,
                        "eth0",
                        {2, 1, 2, 3, 4, 5},
                        {{*core::parse_ip_address("10.0.0.2"), 24}, {*core::parse_ip_address("fd00::2"), 64}},
                        {*core::parse_ip_address("10.0.0.1")}}};
    return plan;
}

std::vector<std::byte> bytes_of(const LaunchPlan& plan) {
    return encode(plan).value();
}

TEST(LaunchPlanTest, ComesBackWhole) {
    const auto bytes = bytes_of(some_plan());
    PlanView plan;
    ASSERT_TRUE(read_plan(bytes, plan));
    EXPECT_EQ(plan.monitor.run, 3U);
    EXPECT_EQ(plan.monitor.socket_path, "/run/a.sock");
    EXPECT_EQ(plan.sandbox.hostname, "web");
    EXPECT_EQ(plan.command.argv.size(), 3U);
    EXPECT_EQ(plan.command.user, "web:web");
    EXPECT_EQ(plan.security.capabilities, 0xa80425fbU);
    EXPECT_EQ(plan.security.seccomp.size(), 16U);
}

TEST(LaunchPlanTest, RepeatedRecordsKeepTheirOrder) {
    const auto bytes = bytes_of(some_plan());
    PlanView plan;
    ASSERT_TRUE(read_plan(bytes, plan));
    std::vector<std::string> targets;
    for (const auto payload : plan.of(PlanTag::Mount)) {
        MountView mount;
        ASSERT_TRUE(read_mount(payload, mount));
        targets.emplace_back(mount.target);
        EXPECT_EQ(mount.shifted, mount.target == "/proc");
    }
    EXPECT_EQ(targets, (std::vector<std::string>{"/proc", "/proc/keys"}));
    for (const auto payload : plan.of(PlanTag::ShiftedLayer)) {
        std::string_view path;
        ASSERT_TRUE(read_layer(payload, path));
        EXPECT_EQ(path, "/lower");
    }
    std::vector<std::string> settings;
    for (const auto payload : plan.of(PlanTag::Cgroup)) {
        CgroupView cgroup;
        ASSERT_TRUE(read_cgroup(payload, cgroup));
        for (const auto text : cgroup.settings) settings.emplace_back(text);
    }
    EXPECT_EQ(settings, (std::vector<std::string>{"memory.max", "1", "0", "x", "2", "1"}));
}

TEST(LaunchPlanTest, InterfacesComeBackWithTheirAddresses) {
    const auto bytes = bytes_of(some_plan());
    PlanView plan;
    ASSERT_TRUE(read_plan(bytes, plan));
    int found = 0;
    for (const auto payload : plan.of(PlanTag::Interface)) {
        ++found;
        InterfaceView interface;
        ASSERT_TRUE(read_interface(payload, interface));
        EXPECT_EQ(interface.parent, 4U);
        EXPECT_EQ(interface.host_end, "pv4");
        EXPECT_TRUE(interface.isolated);
        EXPECT_EQ(interface.name, "eth0");
        EXPECT_EQ(interface.hardware[5], std::byte{5});
        ASSERT_EQ(interface.addresses.size(), 2U);
        EXPECT_EQ(interface.addresses[0].bytes.size(), 4U);
        EXPECT_EQ(interface.addresses[0].bytes[3], std::byte{2});
        EXPECT_EQ(interface.addresses[0].prefix, 24);
        EXPECT_EQ(interface.addresses[1].bytes.size(), 16U);
        EXPECT_EQ(interface.addresses[1].prefix, 64);
        EXPECT_TRUE(interface.addresses.has_v6());
        ASSERT_EQ(interface.gateways.size(), 1U);
        EXPECT_FALSE(interface.gateways.has_v6());
    }
    EXPECT_EQ(found, 1);
}

TEST(LaunchPlanTest, ANulIsRefusedWithItsField) {
    LaunchPlan plan = some_plan();
    plan.env = {std::string("A=\0", 3)};
    const auto bytes = encode(plan);
    ASSERT_FALSE(bytes.ok());
    EXPECT_EQ(bytes.error().field, "env");
}

TEST(LaunchPlanTest, EveryTruncationIsRefused) {
    const auto whole = bytes_of(some_plan());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        PlanView plan;
        EXPECT_FALSE(read_plan(std::span(whole).first(size), plan)) << size;
    }
}

TEST(LaunchPlanTest, RandomDamageDoesNoHarm) {
    std::mt19937 random(1);
    const auto whole = bytes_of(some_plan());
    for (int round = 0; round < 5000; ++round) {
        auto bytes = whole;
        for (int i = 0; i < 4; ++i) bytes[random() % bytes.size()] = static_cast<std::byte>(random());
        PlanView plan;
        if (!read_plan(bytes, plan)) continue;
        for (const auto payload : plan.of(PlanTag::Mount)) {
            MountView mount;
            EXPECT_TRUE(read_mount(payload, mount));
        }
        for (const auto payload : plan.of(PlanTag::Interface)) {
            InterfaceView interface;
            ASSERT_TRUE(read_interface(payload, interface));
            for (std::size_t i = 0; i < interface.addresses.size(); ++i)
                EXPECT_LE(interface.addresses[i].prefix, 128);
        }
    }
}

TEST(LaunchPlanTest, UnknownRecordsAreSkipped) {
    auto bytes = bytes_of(some_plan());
    const std::byte record[] = {std::byte{200}, std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1},
                                std::byte{0},   std::byte{0}, std::byte{0}, std::byte{9}};
    bytes.insert(bytes.end(), std::begin(record), std::end(record));
    const std::size_t size = bytes.size();
    for (std::size_t i = 0; i < 4; ++i) bytes[8 + i] = static_cast<std::byte>(size >> (8 * i));
    PlanView plan;
    EXPECT_TRUE(read_plan(bytes, plan));
}

TEST(OverlayOptionsTest, EscapesWhatOverlayfsWouldSplit) {
    EXPECT_EQ(overlay_options({"/a:b", "/c,d"}, "/u", "/w"), "lowerdir=/a\\:b:/c\\,d,upperdir=/u,workdir=/w");
    EXPECT_EQ(overlay_options({"/a"}, "", ""), "lowerdir=/a");
}

}  // namespace

}  // namespace potd::platform
