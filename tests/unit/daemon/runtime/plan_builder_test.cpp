#include "daemon/platform/linux/plan_builder.hpp"

#include "tests/unit/daemon/runtime/machine_tree.hpp"

#include <algorithm>

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>

namespace potd::platform {
namespace {

class PlanBuilderTest : public ::testing::Test {
  protected:
    PlanBuilderTest() {
        request_.key = {{"0123456789ab"}, 7};
        request_.spec.name = "web";
        request_.spec.command = {"/bin/true", "x"};
        request_.root.path = "/srv/root";
        request_.log_directory = "/srv/log";
    }

    core::Result<LaunchPlan> build() {
        return builder_.build(request_, {"/run/x.sock", "/run/x.exit"}, names_);
    }

    const MountStep* mount_at(const LaunchPlan& plan, const std::string& target) {
        const auto found = std::find_if(plan.mounts.begin(), plan.mounts.end(),
                                        [&](const MountStep& step) { return step.target == target; });
        return found == plan.mounts.end() ? nullptr : &*found;
    }

    test::MachineTree machine_{CgroupMode::Hybrid};
    CgroupTree cgroups_{machine_.layout(), "blue"};
    PlanBuilder builder_{PlanDefaults{}, cgroups_};
    core::LaunchRequest request_;
    NamePaths names_;
};

TEST_F(PlanBuilderTest, APlainPotIsClosed) {
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->run, 7U);
    EXPECT_EQ(plan->socket_path, "/run/x.sock");
    EXPECT_EQ(plan->hostname, "web");
    EXPECT_TRUE(plan->no_new_privileges);
    EXPECT_FALSE(plan->seccomp.empty());
    EXPECT_EQ(__builtin_popcountll(plan->capabilities), 14);
    EXPECT_EQ(plan->network, LaunchPlan::Network::Inherit);
    EXPECT_FALSE(plan->persistent);
    EXPECT_TRUE(plan->uid_map.empty());
    EXPECT_TRUE(plan->cgroup_namespace);
}

TEST_F(PlanBuilderTest, TheEnvironmentIsPotdsNotTheCallers) {
    ASSERT_EQ(::setenv("POTD_SECRET_OF_TEST", "x", 1), 0);  // NOLINT(concurrency-mt-unsafe)
    request_.spec.env = {{"LANG", "C.UTF-8"}, {"PATH", "/opt/bin"}};
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->env,
              (std::vector<std::string>{"PATH=/opt/bin", "HOSTNAME=web", "container=potd", "LANG=C.UTF-8"}));
}

TEST_F(PlanBuilderTest, ATerminalGetsItsType) {
    request_.spec.terminal = true;
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    EXPECT_TRUE(plan->terminal);
    EXPECT_NE(std::find(plan->env.begin(), plan->env.end(), "TERM=xterm"), plan->env.end());
}

TEST_F(PlanBuilderTest, AttributesOfJailsAreRefusedByName) {
    request_.spec.attributes = {{"no-etc-hosts", "true"}};
    EXPECT_TRUE(builder_.check(request_.spec)) << "potd's own";
    request_.spec.attributes.emplace("procfs", "yes");
    const core::Status refused = builder_.check(request_.spec);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().field, "attributes.procfs");
}

TEST_F(PlanBuilderTest, AnInterfaceOfTheHostGoesIntoNoUserNamespace) {
    request_.spec.network.type = core::NetworkType::None;
    request_.spec.network.devices = {{"eth1", "", {}, {}}};
    request_.spec.security.user_namespace = true;
    const core::Status refused = builder_.check(request_.spec);
    ASSERT_FALSE(refused);
}

TEST_F(PlanBuilderTest, KernelFilesAreMountedMaskedAndReadOnly) {
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    ASSERT_NE(mount_at(*plan, "/sys"), nullptr);
    EXPECT_NE(mount_at(*plan, "/sys")->flags & MS_RDONLY, 0U);
    EXPECT_EQ(mount_at(*plan, "/dev")->kind, MountStep::Kind::Devices);
    EXPECT_EQ(mount_at(*plan, "/proc/kcore")->kind, MountStep::Kind::Mask);
    EXPECT_EQ(mount_at(*plan, "/proc/sys")->kind, MountStep::Kind::ReadOnly);
    EXPECT_LT(mount_at(*plan, "/proc"), mount_at(*plan, "/proc/kcore"));
}

TEST_F(PlanBuilderTest, WhatIsClosedIsClosedBeforeAnythingOfThePotsIsMounted) {
    names_.hosts = "/run/names/a.hosts";
    core::MountSpec mount;
    mount.kind = core::MountSpec::Kind::Tmpfs;
    mount.target = "/dev/x";
    request_.spec.mounts = {mount};
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    for (const char* closed : {"/proc/kcore", "/proc/sys", "/sys/firmware"}) {
        EXPECT_LT(mount_at(*plan, closed), mount_at(*plan, "/etc/hosts")) << closed;
        EXPECT_LT(mount_at(*plan, closed), mount_at(*plan, "/dev/x")) << closed;
    }
}

TEST_F(PlanBuilderTest, ANetworkOfItsOwnIsANamespace) {
    EXPECT_EQ(build()->network, LaunchPlan::Network::Inherit);
    request_.spec.network.type = core::NetworkType::None;
    EXPECT_EQ(build()->network, LaunchPlan::Network::New);
    request_.spec.network.type = core::NetworkType::Alias;
    EXPECT_EQ(build()->network, LaunchPlan::Network::New);
}

TEST_F(PlanBuilderTest, FilesOfNamesCoverTheNameItself) {
    EXPECT_EQ(mount_at(*build(), "/etc/hosts"), nullptr);
    names_ = {"/run/names/a.hosts", "/etc/resolv.conf"};
    const auto plan = build();
    const MountStep* hosts = mount_at(*plan, "/etc/hosts");
    ASSERT_NE(hosts, nullptr);
    EXPECT_EQ(hosts->kind, MountStep::Kind::BindFile);
    EXPECT_EQ(hosts->source, "/run/names/a.hosts");
    EXPECT_NE(hosts->flags & MS_RDONLY, 0U);
    EXPECT_TRUE(hosts->optional) << "nobody has asked for it";
    EXPECT_EQ(mount_at(*plan, "/etc/resolv.conf")->source, "/etc/resolv.conf");
}

TEST_F(PlanBuilderTest, WhatTheSpecSaysOfNamesMustBeShown) {
    names_ = {"/run/names/a.hosts", "/run/names/a.resolv"};
    request_.spec.hosts = {{"db", *core::parse_ip_address("10.0.0.7")}};
    request_.spec.dns.mode = core::DnsMode::Custom;
    const auto plan = build();
    EXPECT_FALSE(mount_at(*plan, "/etc/hosts")->optional);
    EXPECT_FALSE(mount_at(*plan, "/etc/resolv.conf")->optional);
}

TEST_F(PlanBuilderTest, UserMountsCarryNoPrivilege) {
    request_.spec.mounts = {{core::MountSpec::Kind::Directory, "/srv/data", "/data", true, 0},
                            {core::MountSpec::Kind::Tmpfs, "", "/tmp", false, 1 << 20}};
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(mount_at(*plan, "/data")->flags, MS_NOSUID | MS_NODEV | MS_RDONLY);
    EXPECT_EQ(mount_at(*plan, "/data")->source, "/srv/data");
    EXPECT_EQ(mount_at(*plan, "/tmp")->data, "mode=1777,size=1048576");
    EXPECT_EQ(mount_at(*plan, "/tmp")->fstype, "tmpfs");
}

TEST_F(PlanBuilderTest, AnOverlayRootIsOneMount) {
    request_.root = {core::RootFs::Kind::Overlay, {"/l1", "/l2"}, "/u", "/w", "", {{"/usr", "/usr", true}}};
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->root, LaunchPlan::Root::Overlay);
    EXPECT_NE(plan->root_data.find("upperdir=/u"), std::string::npos);
    EXPECT_EQ(plan->mounts.front().source, "/usr");
    EXPECT_NE(plan->mounts.front().flags & MS_RDONLY, 0U);
}

TEST_F(PlanBuilderTest, AnOverlayThatCannotBeMountedIsRefused) {
    request_.root = {core::RootFs::Kind::Overlay, {"/" + std::string(4100, 'x')}, "/u", "/w", "", {}};
    EXPECT_EQ(build().error().kind, core::ErrorKind::InvalidArgument);
}

TEST_F(PlanBuilderTest, ResourceLimitsAreSetByName) {
    request_.spec.rlimits = {{"core", 0}, {"nofile", 99}};
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    ASSERT_EQ(plan->rlimits.size(), 2U);
    EXPECT_EQ(plan->rlimits[0].resource, RLIMIT_CORE);
    EXPECT_EQ(plan->rlimits[1].hard, 99U);
    request_.spec.rlimits = {{"wings", 2}};
    EXPECT_EQ(build().error().field, "rlimits.wings");
}

TEST_F(PlanBuilderTest, OpenFilesAreBoundedByDefault) {
    const auto plan = build();
    ASSERT_EQ(plan->rlimits.size(), 1U);
    EXPECT_EQ(plan->rlimits[0].resource, RLIMIT_NOFILE);
    EXPECT_EQ(plan->rlimits[0].soft, 1024U);
}

TEST_F(PlanBuilderTest, SecurityFollowsTheSpec) {
    request_.spec.security.drop_capabilities = {"ALL"};
    request_.spec.security.seccomp = core::SeccompMode::Unconfined;
    request_.spec.security.no_new_privileges = false;
    request_.spec.security.read_only_root = true;
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    EXPECT_EQ(plan->capabilities, 0U);
    EXPECT_TRUE(plan->seccomp.empty());
    EXPECT_FALSE(plan->no_new_privileges);
    EXPECT_TRUE(plan->root_read_only);
}

TEST_F(PlanBuilderTest, AUserNamespaceShiftsWhatComesFromTheHost) {
    request_.root = {core::RootFs::Kind::Overlay, {"/l1", "/l2"}, "/u", "/w", "", {{"/usr", "/usr", true}}};
    request_.spec.mounts = {{core::MountSpec::Kind::Directory, "/srv/data", "/data", true, 0}};
    request_.spec.security.user_namespace = true;
    request_.first_host_id = 1'000'000;
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    ASSERT_EQ(plan->uid_map.size(), 1U);
    ASSERT_EQ(plan->gid_map.size(), 1U);
    EXPECT_EQ(plan->uid_map[0].inside, 0U);
    EXPECT_EQ(plan->uid_map[0].outside, 1'000'000U);
    EXPECT_EQ(plan->gid_map[0].count, 65'536U);
    EXPECT_EQ(plan->shifted_layers, (std::vector<std::string>{"/l1", "/l2"}));
    EXPECT_TRUE(mount_at(*plan, "/usr")->shifted);
    EXPECT_TRUE(mount_at(*plan, "/data")->shifted);
    EXPECT_FALSE(mount_at(*plan, "/proc")->shifted);
    request_.first_host_id = 0;
    EXPECT_EQ(build().error().kind, core::ErrorKind::Internal);
}

TEST_F(PlanBuilderTest, WithoutAUserNamespaceNoIdIsMapped) {
    request_.root = {core::RootFs::Kind::Overlay, {"/l1"}, "/u", "/w", "", {}};
    const auto plan = build();
    ASSERT_TRUE(plan.ok());
    EXPECT_TRUE(plan->uid_map.empty());
    EXPECT_TRUE(plan->shifted_layers.empty());
}

TEST_F(PlanBuilderTest, AMachineThatCannotShiftOwnersRefusesByField) {
    request_.spec.security.user_namespace = true;
    const auto refused = builder_.check(request_.spec);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Unsupported);
    EXPECT_EQ(refused.error().field, "security.user_namespace");
}

TEST_F(PlanBuilderTest, APotThatMayMountHasItsOwnDeviceGroup) {
    const auto shared = [](const LaunchPlan& plan) {
        return std::any_of(plan.cgroups.begin(), plan.cgroups.end(), [](const CgroupDirectory& each) {
            return (each.roles & CgroupDirectory::Shared) != 0;
        });
    };
    EXPECT_TRUE(shared(*build()));
    request_.spec.security.add_capabilities = {"SYS_ADMIN"};
    EXPECT_FALSE(shared(*build()));
    // unified, memory, pids, cpu with cpuacct, devices, and cpuset for later
    EXPECT_EQ(build()->cgroups.size(), 6U);
}

TEST_F(PlanBuilderTest, ThePotSeesOnlyGroupsOfItsOwn) {
    EXPECT_EQ(mount_at(*build(), "/sys/fs/cgroup")->kind, MountStep::Kind::Own);
    EXPECT_NE(mount_at(*build(), "/sys/fs/cgroup/memory"), nullptr);
    EXPECT_EQ(mount_at(*build(), "/sys/fs/cgroup/devices"), nullptr);
}

TEST_F(PlanBuilderTest, AnUnknownCapabilityIsRefused) {
    request_.spec.security.add_capabilities = {"FLY"};
    EXPECT_EQ(build().error().field, "security.capabilities.add[0]");
}

}  // namespace
}  // namespace potd::platform
