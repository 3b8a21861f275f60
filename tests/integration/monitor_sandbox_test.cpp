#include "tests/integration/monitor_fixture.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

namespace potd::test {

namespace {

using platform::CgroupDirectory;
using platform::MountStep;

class MonitorSandboxTest : public MonitorTest {
  protected:
    /// Output of a shell script in the pot, one string a line.
    std::vector<std::string> output(platform::LaunchPlan order, const std::string& script) {
        order.argv = {"sh", "-c", script};
        order.persistent = false;
        EXPECT_EQ(run(order).main_status, 0);
        take();
        std::vector<std::string> lines = log_lines();
        for (std::string& line : lines) line.erase(0, std::string("stdout F 7 ").size());
        return lines;
    }
    std::vector<std::string> output(const std::string& script) { return output(plan({}), script); }
    static std::string mounts_of_this_process() { return read_file("/proc/self/mountinfo"); }
};

using Lines = std::vector<std::string>;

/// File systems a pot without binds consists of.
constexpr const char* own_types[] = {"overlay", "proc", "tmpfs", "devpts", "mqueue", "sysfs"};

TEST_F(MonitorSandboxTest, ThePotIsAWorldOfItsOwn) {
    EXPECT_EQ(output("hostname; echo $$; pwd; echo $HOME; ls /proc/self/fd"),
              (Lines{"testpot", "2", "/", "/root", "0", "1", "2", "3"}));
}

TEST_F(MonitorSandboxTest, TheEnvironmentIsThePlansAlone) {
    EXPECT_EQ(output("env | grep -v PWD | grep -v SHLVL"), (Lines{"HOME=/root", "PATH=/bin", "LANG=C"}));
}

TEST_F(MonitorSandboxTest, NothingOfTheHostIsMounted) {
    const Lines lines = output("cat /proc/self/mountinfo");
    ASSERT_FALSE(lines.empty());
    for (const std::string& line : lines) {
        const std::string type = line.substr(line.find(" - ") + 3);
        const bool own = std::any_of(std::begin(own_types), std::end(own_types),
                                     [&](const char* each) { return type.starts_with(each); });
        EXPECT_TRUE(own) << line;
        EXPECT_EQ(line.find("shared:"), std::string::npos) << line;
    }
    EXPECT_NE(lines.at(0).find("overlay"), std::string::npos);
}

TEST_F(MonitorSandboxTest, LeavesNoMountBehind) {
    const std::string before = mounts_of_this_process();
    (void)output("true");
    EXPECT_EQ(mounts_of_this_process(), before);
}

TEST_F(MonitorSandboxTest, CapabilitiesAndNoNewPrivileges) {
    EXPECT_EQ(output("grep -E 'Cap|NoNewPrivs' /proc/self/status | tr '\\t' ' '"),
              (Lines{"CapInh: 0000000000000000", "CapPrm: 00000000a80425fb", "CapEff: 00000000a80425fb",
                     "CapBnd: 00000000a80425fb", "CapAmb: 0000000000000000", "NoNewPrivs: 1"}));
}

TEST_F(MonitorSandboxTest, AUserHasNoCapabilities) {
    auto order = plan({});
    order.user = "web";
    order.workdir = "/tmp";
    EXPECT_EQ(output(order, "id; pwd; grep CapEff /proc/self/status | tr '\\t' ' '"),
              (Lines{"uid=1000(web) gid=1001(web) groups=1002(extra)", "/tmp", "CapEff: 0000000000000000"}));
}

TEST_F(MonitorSandboxTest, InitGivesNothingAway) {
    EXPECT_EQ(
        output("readlink /proc/1/exe || echo closed;"
               "for fd in /proc/1/fd/*; do readlink $fd; done; echo closed;"
               "cat /proc/1/environ 2>/dev/null || echo closed; grep CapEff /proc/1/status | tr '\\t' ' '"),
        (Lines{"closed", "closed", "closed", "CapEff: 0000000000000020"}));
}

TEST_F(MonitorSandboxTest, KernelSwitchesAreReadOnly) {
    EXPECT_EQ(output("(echo b > /proc/sysrq-trigger) 2>/dev/null || echo closed; "
                     "(echo x > /proc/sys/kernel/core_pattern) 2>/dev/null || echo closed; "
                     "mount -o remount,rw /sys 2>/dev/null || echo closed; "
                     "cat /proc/keys; ls /sys/firmware /proc/acpi"),
              (Lines{"closed", "closed", "closed", "/proc/acpi:", "", "/sys/firmware:"}));
}

TEST_F(MonitorSandboxTest, AReadOnlyRootStaysReadOnly) {
    auto order = plan({});
    order.root_read_only = true;
    EXPECT_EQ(
        output(order, "(echo x > /file) 2>/dev/null || echo closed; echo x > /dev/shm/file && echo open"),
        (Lines{"closed", "open"}));
}

TEST_F(MonitorSandboxTest, ADirectoryCanBeTheRoot) {
    auto order = plan({});
    order.root = platform::LaunchPlan::Root::Directory;
    order.root_path = path("root");
    order.root_data.clear();
    EXPECT_EQ(output(order, "echo here > /tmp/made; cat /tmp/made"), (Lines{"here"}));
    EXPECT_EQ(read_file(path("root/tmp/made")), "here\n");
}

TEST_F(MonitorSandboxTest, APlantedLinkDoesNotLeadAMountOut) {
    const std::string outside = path("outside");
    std::filesystem::create_directories(outside);
    std::filesystem::create_directories(path("source"));
    write_file(path("source/file"), "shown\n");
    std::filesystem::create_symlink(outside, path("root/trap"));
    std::filesystem::create_symlink("../../../../../../.." + outside, path("root/trap2"));
    auto order = plan({});
    for (const char* target : {"/trap/sub", "/trap2/sub"}) {
        MountStep step;
        step.kind = MountStep::Kind::Bind;
        step.source = path("source");
        step.target = target;
        step.optional = true;
        order.mounts.push_back(step);
    }
    (void)output(order, "true");
    EXPECT_TRUE(std::filesystem::is_empty(outside));
}

TEST_F(MonitorSandboxTest, BindsAreShownWithTheirFlags) {
    std::filesystem::create_directories(path("source"));
    write_file(path("source/file"), "shown\n");
    auto order = plan({});
    MountStep step;
    step.kind = MountStep::Kind::BindRecursive;
    step.source = path("source");
    step.target = "/srv/deep/data";
    step.flags = MS_RDONLY | MS_NOSUID;
    order.mounts.push_back(step);
    step.source = path("source/file");
    step.target = "/srv/single";
    order.mounts.push_back(step);
    EXPECT_EQ(
        output(order,
               "cat /srv/deep/data/file /srv/single; (echo x > /srv/single) 2>/dev/null || echo closed"),
        (Lines{"shown", "shown", "closed"}));
}

TEST_F(MonitorSandboxTest, AMissingSourceIsAFailureUnlessOptional) {
    auto order = plan({"true"});
    MountStep step;
    step.kind = MountStep::Kind::Bind;
    step.source = "/nowhere";
    step.target = "/srv";
    order.mounts.push_back(step);
    EXPECT_EQ(run_to_failure(order).failure.stage, link::Stage::Mount);
    EXPECT_EQ(failure_text_, "mount at /srv: no such file or directory");
    take();
}

TEST_F(MonitorSandboxTest, LoopbackIsUpInANewNetwork) {
    EXPECT_EQ(output("cat /sys/class/net/lo/operstate; ls /sys/class/net"), (Lines{"unknown", "lo"}));
}

TEST_F(MonitorSandboxTest, LimitsBindTheCommand) {
    EXPECT_EQ(output("ulimit -n; ulimit -Hn"), (Lines{"256", "512"}));
}

TEST_F(MonitorSandboxTest, ThePotIsInItsCgroupsAndSeesThemAsRoot) {
    auto order = plan({"sleep", "1000"});
    start(order);
    const link::Started started = expect_started();
    for (const CgroupDirectory& directory : order.cgroups) {
        std::istringstream members(read_file(directory.path + "/cgroup.procs"));
        std::vector<int> pids;
        for (int pid = 0; members >> pid;) pids.push_back(pid);
        EXPECT_NE(std::find(pids.begin(), pids.end(), started.processes.main.pid), pids.end())
            << directory.path;
        EXPECT_EQ(std::find(pids.begin(), pids.end(), started.processes.monitor.pid), pids.end());
    }
    link_.send(link::Kill{});
    EXPECT_GT(expect_exited().peak_memory, 0);
    take();
}

TEST_F(MonitorSandboxTest, ASharedGroupIsEnteredAndStays) {
    auto order = plan({"sleep", "1000"});
    const auto plain =
        std::find_if(order.cgroups.begin(), order.cgroups.end(),
                     [](const CgroupDirectory& each) { return each.roles == CgroupDirectory::Plain; });
    if (plain == order.cgroups.end()) GTEST_SKIP() << "no v1 hierarchy";
    plain->roles = CgroupDirectory::Shared;
    plain->settings.clear();
    EXPECT_NE(run_to_failure(order).failure.error_number, 0) << "it is not made";
    take();
    ASSERT_EQ(::mkdir(plain->path.c_str(), 0755), 0);
    start(order);
    const link::Started started = expect_started();
    EXPECT_NE(read_file(plain->path + "/cgroup.procs").find(std::to_string(started.processes.main.pid)),
              std::string::npos);
    link_.send(link::Kill{});
    expect_exited();
    take();
    EXPECT_EQ(cgroup_directories(), (std::vector<std::string>{plain->path}));
}

TEST_F(MonitorSandboxTest, DirectoriesOfItsOwnShareOneFileSystem) {
    const std::string script =
        "busybox stat -c %d /dev /dev/shm /sys/fs/cgroup | busybox uniq | grep -c .; ls /dev/shm "
        "/sys/fs/cgroup; "
        "echo x > /dev/shm/file && ls /dev/shm; grep -c ' /dev/shm rw,nosuid,nodev,noexec ' "
        "/proc/self/mountinfo; busybox stat -c %a /dev /dev/shm; mknod /dev/shm/null c 1 3 && cat "
        "/dev/shm/null "
        "2>/dev/null || echo closed";
    auto order = plan({});
    order.mounts.push_back({MountStep::Kind::Own, "/sys/fs/cgroup", "groups", "", 0, "", false});
    EXPECT_EQ(output(order, script),
              (Lines{"1", "/dev/shm:", "", "/sys/fs/cgroup:", "file", "1", "755", "1777", "closed"}));
}

TEST_F(MonitorSandboxTest, AnOomKillIsCounted) {
    auto order = plan({"sh", "-c", "dd if=/dev/zero of=/dev/null bs=60M count=2 2>/dev/null; exit 0"});
    const auto memory =
        std::find_if(order.cgroups.begin(), order.cgroups.end(),
                     [](const CgroupDirectory& each) { return (each.roles & CgroupDirectory::Memory) != 0; });
    if (memory == order.cgroups.end()) GTEST_SKIP() << "no memory controller";
    const bool v2 = (memory->roles & CgroupDirectory::Unified) != 0;
    memory->settings.push_back({v2 ? "memory.max" : "memory.limit_in_bytes", "20971520", false});
    start(order);
    expect_started();
    const link::ExitFacts facts = expect_exited();
    EXPECT_GE(facts.oom_kills, 1);
    EXPECT_LE(facts.peak_memory, 20971520);
    take();
}

}  // namespace

}  // namespace potd::test
