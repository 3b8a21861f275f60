// potmon with a user namespace: what the pot sees, and what the host sees of it.
#include "tests/integration/monitor_fixture.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {

namespace {

namespace fs = std::filesystem;
using platform::LaunchPlan;
using platform::MountStep;
using platform::UniqueFd;
using Lines = std::vector<std::string>;

constexpr std::uint32_t first_id = 1'234'000'000;
constexpr const char* map_line = "0 1234000000 65536";

/// Owner of a file as the disk has it.
uid_t owner(const std::string& file) {
    struct stat about {};
    EXPECT_EQ(::lstat(file.c_str(), &about), 0) << file;
    return about.st_uid;
}

/// The one line of /proc/PID/uid_map with single blanks.
std::string map_of(std::int32_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/uid_map");
    std::string inside, outside, count;
    file >> inside >> outside >> count;
    return inside + " " + outside + " " + count;
}

MountStep shifted_bind(const std::string& source, const std::string& target) {
    MountStep step;
    step.kind = MountStep::Kind::BindRecursive;
    step.source = source;
    step.target = target;
    step.shifted = true;
    return step;
}

class MonitorUserNamespaceTest : public MonitorTest {
  protected:
    LaunchPlan mapped(const std::string& script) {
        LaunchPlan order = plan({"sh", "-c", script});
        order.uid_map = order.gid_map = {{0, first_id, 65'536}};
        order.shifted_layers = {path("root")};
        EXPECT_EQ(::chown(path("upper").c_str(), first_id, first_id), 0);
        return order;
    }
    Lines output(const LaunchPlan& order) {
        EXPECT_EQ(run(order).main_status, 0);
        take();
        Lines lines = log_lines();
        for (std::string& line : lines) line.erase(0, std::string("stdout F 7 ").size());
        return lines;
    }
    void end() {
        link_.send(link::Kill{});
        expect_exited();
        take();
    }
};

TEST_F(MonitorUserNamespaceTest, RootInThePotIsNobodyOutside) {
    start(mapped("id -u; sleep 1000"));
    const link::Started started = expect_started();
    EXPECT_EQ(map_of(started.processes.init.pid), map_line);
    EXPECT_EQ(map_of(started.processes.main.pid), map_line);
    EXPECT_EQ(owner("/proc/" + std::to_string(started.processes.main.pid)), first_id);
    wait_for_log("7 0");
    end();
}

TEST_F(MonitorUserNamespaceTest, FilesBelongToThePotsUsersInsideAndToItsIdsOutside) {
    auto order = mapped(
        "ls -lnd / /bin/busybox /etc /srv/deep | tr -s ' ' | cut -d ' ' -f 3,4 | sort -u;"
        "echo x >> /etc/passwd; echo y > /new; ls -ln /etc/passwd /new | tr -s ' ' | cut -d ' ' -f 3,4");
    order.mounts.push_back(shifted_bind(path("log"), "/srv/deep"));
    EXPECT_EQ(output(order), (Lines{"0 0", "0 0", "0 0"}));
    EXPECT_EQ(owner(path("upper/new")), first_id);
    EXPECT_EQ(owner(path("upper/etc/passwd")), first_id);
    EXPECT_EQ(owner(path("root/etc/passwd")), 0U);
    EXPECT_EQ(owner(path("upper/srv/deep")), first_id) << "what potmon makes for a mount";
}

TEST_F(MonitorUserNamespaceTest, AUserOfThePotIsShiftedToo) {
    fs::permissions(path("root/tmp"), fs::perms::all);
    auto order = mapped("id; echo x > /tmp/file; grep CapEff /proc/self/status | tr '\\t' ' '");
    order.user = "web";
    EXPECT_EQ(output(order),
              (Lines{"uid=1000(web) gid=1001(web) groups=1002(extra)", "CapEff: 0000000000000000"}));
    EXPECT_EQ(owner(path("upper/tmp/file")), first_id + 1000);
}

TEST_F(MonitorUserNamespaceTest, ADirectoryRootAndAVolumeKeepTheirOwnersOnTheDisk) {
    fs::create_directories(path("volume"));
    write_file(path("volume/old"), "shown\n");
    auto order =
        mapped("ls -ln /data/old | tr -s ' ' | cut -d ' ' -f 3,4; echo x > /data/new; echo x > /made");
    order.root = LaunchPlan::Root::Directory;
    order.root_path = path("root");
    order.root_data.clear();
    order.shifted_layers.clear();
    order.mounts.push_back(shifted_bind(path("volume"), "/data"));
    EXPECT_EQ(output(order), Lines{"0 0"});
    EXPECT_EQ(owner(path("volume/new")), 0U);
    EXPECT_EQ(owner(path("root/made")), 0U);
    EXPECT_EQ(owner(path("root/data")), 0U);
}

TEST_F(MonitorUserNamespaceTest, DevicesAndKernelFilesWork) {
    auto order = mapped(
        "echo x > /dev/null && head -c 4 /dev/zero | tr '\\0' z; echo;"
        "ls -lnd /dev /dev/pts /dev/shm /dev/mqueue /dev/null /tmp/own | tr -s ' ' | cut -d ' ' -f 3 | sort "
        "-u;"
        "echo x > /dev/shm/a && echo x > /dev/mqueue/q 2>/dev/null; ls /dev/shm; ls -d /sys/class "
        "/proc/self/fd;"
        "echo x > /tmp/own/file && cat /tmp/own/file");
    MountStep step;
    step.fstype = step.source = "tmpfs";
    step.target = "/tmp/own";
    order.mounts.push_back(step);
    EXPECT_EQ(output(order), (Lines{"zzzz", "0", "a", "/proc/self/fd", "/sys/class", "x"}));
}

TEST_F(MonitorUserNamespaceTest, RootInThePotHasNoRightOutside) {
    auto order = mapped(
        "mknod /disk b 8 0 2>/dev/null || echo closed;"
        "mount -t tmpfs none /tmp 2>/dev/null || echo closed;"
        "umount /proc/keys 2>/dev/null || echo closed;"
        "(echo x > /proc/sys/kernel/core_pattern) 2>/dev/null || echo closed;"
        "hostname other && hostname; busybox ifconfig lo down && echo down;"
        "readlink /proc/1/fd/0 || echo closed");
    order.capabilities = ~std::uint64_t{0};
    EXPECT_EQ(output(order), (Lines{"closed", "closed", "closed", "closed", "other", "down", "closed"}));
}

TEST_F(MonitorUserNamespaceTest, ATerminalIsTheUsersAndTheConsole) {
    auto order = mapped("tty; ls -ln /dev/pts/0 | tr -s ' ' | cut -d ' ' -f 3,4; echo hello > /dev/console");
    order.terminal = true;
    order.user = "web";
    start(order);
    expect_started();
    EXPECT_EQ(expect_exited().main_status, 0);
    take();
    const std::string log = read_file(path("log/current.log"));
    EXPECT_NE(log.find("/dev/pts/0"), std::string::npos);
    EXPECT_NE(log.find("1000 5"), std::string::npos);
    EXPECT_NE(log.find("hello"), std::string::npos);
}

TEST_F(MonitorUserNamespaceTest, AnExecJoinsIt) {
    start(mapped("sleep 1000"));
    expect_started();
    std::array<int, 2> ends{-1, -1};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const UniqueFd out(ends[0]);
    UniqueFd in(ends[1]);
    const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    link::ExecOrder order;
    order.id = 5;
    order.argv = {"sh", "-c", "cat /proc/self/uid_map; id -un; echo x > /by-exec"};
    const auto bytes = link::encode_exec(order);
    ASSERT_TRUE(bytes.ok());
    link_.send_bytes(*bytes, {null.get(), in.get(), in.get()});
    in.reset();
    std::string text(4096, '\0');
    std::string all;
    for (ssize_t size = 1; size > 0; all.append(text.data(), static_cast<std::size_t>(size)))
        size = std::max<ssize_t>(::read(out.get(), text.data(), text.size()), 0);
    EXPECT_EQ(all, "         0 1234000000      65536\nroot\n");
    const auto ended = link_.next(link::FrameType::ExecExited);
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->as<link::ExecExited>().status, 0);
    EXPECT_EQ(owner(path("upper/by-exec")), first_id);
    end();
}

TEST_F(MonitorUserNamespaceTest, ThePotDiesWithItsMonitor) {
    start(mapped("sleep 1000"));
    const link::Started started = expect_started();
    ASSERT_EQ(::kill(started.processes.monitor.pid, SIGKILL), 0);
    wait_for_end(started.processes.main.pid);
}

TEST_F(MonitorUserNamespaceTest, IdsThatCannotBeMappedAreAFailure) {
    auto order = mapped("true");
    order.gid_map = {{0, 4'294'967'000U, 65'536}};
    EXPECT_EQ(run_to_failure(order).failure.stage, link::Stage::Namespace);
    EXPECT_EQ(failure_text_, "map the ids of the user namespace: invalid argument");
    take();
}

TEST_F(MonitorUserNamespaceTest, FilesThatCannotBeShiftedAreAFailure) {
    auto order = mapped("true");
    order.mounts.push_back(shifted_bind("/proc", "/data"));
    EXPECT_EQ(run_to_failure(order).failure.stage, link::Stage::Mount);
    EXPECT_EQ(failure_text_, "mount with shifted owners at /data: invalid argument");
    take();
}

}  // namespace

}  // namespace potd::test
