// A hostile pot: each known way out must fail inside, with the right error, and leave the host as it was.
#include "tests/system/escape_fixture.hpp"

#include <csignal>
#include <filesystem>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Runs every call that must be refused with EPERM whatever its arguments.
TEST_F(EscapeTest, CallsThatOnlyTheHostMayMake) {
    const Argv calls{"keyctl",         "add-key",    "bpf",         "kexec",         "module",
                     "reboot",         "swapon",     "acct",        "clock",         "hostname",
                     "iopl",           "perf",       "fsopen",      "pivot-root",    "unshare-user",
                     "clone-user",     "kernel-log", "personality", "io_uring",      "userfaultfd",
                     "open-by-handle", "open-tree",  "move-mount",  "mount-setattr", "unshare-net",
                     "unshare-cgroup", "fanotify",   "request-key", "module-file"};
    const auto results = attempt(calls);
    ASSERT_EQ(results.size(), calls.size());
    for (std::size_t i = 0; i < calls.size(); ++i) EXPECT_EQ(results[i], "EPERM") << calls[i];
}

TEST_F(EscapeTest, TheSameCallsWorkWhereTheyMay) {
    // Otherwise the test above would also pass on a kernel that lacks them.
    for (const char* call : {"reboot", "clock"}) EXPECT_EQ(on_the_host({call}).back(), "EINVAL") << call;
    EXPECT_THAT(on_the_host({"kexec"}).back(), AnyOf("EINVAL", "ENOSYS"));  // many kernels are built without
    EXPECT_EQ(on_the_host({"swapon"}).back(), "ENOENT");
    EXPECT_EQ(one({"unshare-user"}, unconfined()), "worked");
    EXPECT_EQ(one({"hostname"}, with_capability("SYS_ADMIN")), "worked");
    EXPECT_EQ(one({"personality"}, unconfined()), "worked");
}

TEST_F(EscapeTest, CallsThatAreSimplyNotThere) {
    EXPECT_THAT(one({"clone3-user"}), AnyOf("ENOSYS", "EPERM"));
    EXPECT_THAT(one({"vsock"}), AnyOf("EPERM", "EAFNOSUPPORT"));
    EXPECT_THAT(one({"priority"}), AnyOf("EPERM", "EACCES"));
    EXPECT_EQ(one({"more-files"}), "EPERM");
}

TEST_F(EscapeTest, OtherSystemCallTablesAreClosed) {
    for (const char* call : {"x32-keyctl", "i386-keyctl"}) {
        const std::string name = start({{"base", "hostile"}, {"command", {"/hostile", call}}});
        // Killing the caller is as good as refusing the call.
        if (api.wait(name)["signal"] == SIGSYS) continue;
        const auto all = outcomes(api.logs(name));
        ASSERT_FALSE(all.empty()) << call;
        EXPECT_THAT(all.back(), AnyOf("EPERM", "ENOSYS")) << call;
    }
}

TEST_F(EscapeTest, MountsAreRefusedAndWouldBeNoticed) {
    EXPECT_EQ(one({"mount", "tmpfs", "/mnt"}), "EPERM");
    EXPECT_EQ(one({"bind-root", "/mnt"}), "EPERM");
    EXPECT_EQ(one({"mount", "tmpfs", "/mnt"}, with_capability("SYS_ADMIN")), "worked");
}

TEST_F(EscapeTest, MasksAndReadOnlyPlacesStay) {
    for (const Argv& words : {Argv{"remount", "/proc/sys"}, Argv{"unmount", "/proc/sys"},
                              Argv{"remount", "/sys"}, Argv{"unmount", "/sys"}, Argv{"unmount", "/dev"}}) {
        EXPECT_EQ(one(words), "EPERM") << words[0] << " " << words[1];
    }
}

TEST_F(EscapeTest, ReleaseAgentCannotBeReached) {
    EXPECT_EQ(one({"mount", "cgroup", "/mnt"}), "EPERM");
    EXPECT_THAT(one({"open-write", "/sys/fs/cgroup/release_agent"}),
                AnyOf("ENOENT", "EROFS", "EACCES", "EPERM"));
    EXPECT_EQ(output_of("ls /sys/fs/cgroup/*/release_agent /sys/fs/cgroup/release_agent 2>/dev/null; true",
                        {{"base", "hostile"}}),
              "");
}

TEST_F(EscapeTest, KernelSettingsAreReadOnly) {
    for (const char* path : {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname",
                             "/proc/sys/kernel/modprobe", "/proc/sys/vm/panic_on_oom", "/proc/sysrq-trigger",
                             "/sys/kernel/uevent_helper", "/sys/kernel/mm/ksm/run", "/sys/power/state"}) {
        if (!fs::exists(path)) continue;
        EXPECT_THAT(one({"open-write", path}), AnyOf("EROFS", "EACCES", "ENOENT")) << path;
    }
    EXPECT_EQ(on_the_host({"open-write", "/proc/sys/kernel/core_pattern"}).back(), "worked");
}

TEST_F(EscapeTest, KernelMemoryIsHidden) {
    for (const char* path : {"/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/latency_stats",
                             "/dev/mem", "/dev/kmem", "/dev/port", "/sys/firmware/dmi/tables/DMI"}) {
        EXPECT_THAT(one({"read", path}), AnyOf("ENODATA", "ENOENT", "EACCES")) << path;
    }
}

TEST_F(EscapeTest, DevicesOfTheHostCannotBeRead) {
    // In /dev nodes may be used, so there the device rules alone refuse; elsewhere a mount flag may, too.
    for (const char* place : {"/dev/x", "/x"}) {
        EXPECT_THAT(one({"read-device", "c", "1", "1", place}), AnyOf("EPERM", "EACCES")) << place;
        EXPECT_THAT(one({"read-device", "c", "10", "237", place}), AnyOf("EPERM", "EACCES")) << place;
    }
    EXPECT_EQ(one({"read-device", "c", "1", "5", "/dev/x"}), "worked")
        << "a harmless device, by the same way";
}

TEST_F(EscapeTest, DeviceRulesCannotBeReached) {
    EXPECT_EQ(one({"allow-devices"}), "EPERM");
    EXPECT_EQ(one({"deny-devices"}), "EPERM");
}

TEST_F(EscapeTest, APotThatMayMountStaysWithinTheDeviceRules) {
    const Json spec = with_capability("SYS_ADMIN");
    EXPECT_THAT(one({"allow-devices", "read-device", "c", "1", "1", "/dev/x"}, spec),
                AnyOf("EPERM", "EACCES"));
    EXPECT_EQ(one({"read-device", "c", "1", "5", "/dev/x"}, spec), "worked") << "by the same way";
}

TEST_F(EscapeTest, APotThatMayMountTakesDevicesFromNobodyElse) {
    const std::string other = start({{"base", "hostile"}});
    attempt({"deny-devices"}, with_capability("SYS_ADMIN"));
    EXPECT_EQ(api.exec(other, {"/hostile", "read-device", "c", "1", "5", "/dev/x"})["stdout"],
              "read-device worked\n");
    EXPECT_EQ(one({"read-device", "c", "1", "5", "/dev/x"}), "worked");
}

/// The number of some disk of the machine, "major:minor".
std::string some_disk() {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator("/sys/class/block", error)) {
        std::string number = read_file(entry.path() / "dev");
        if (read_file(entry.path() / "size") != "0\n" && !number.empty())
            return number.substr(0, number.find('\n'));
    }
    return {};
}

TEST_F(EscapeTest, TheDiskOfTheHostCannotBeRead) {
    const std::string disk = some_disk();
    if (disk.empty()) GTEST_SKIP() << "no disk";
    const std::string major_number = disk.substr(0, disk.find(':'));
    const std::string minor_number = disk.substr(disk.find(':') + 1);
    EXPECT_EQ(one({"read-device", "b", major_number, minor_number, "/dev/disk"}), "EPERM");
    const TempDir place("potd-" + test_root());
    const std::string control =
        on_the_host({"read-device", "b", major_number, minor_number, place / "disk"}).back();
    if (control != "worked") GTEST_SKIP() << "refused, but so it is to the host itself: " << control;
}

TEST_F(EscapeTest, OnlyTheUsualDevicesAreThere) {
    const std::string devices = output_of("ls /dev", {{"base", "hostile"}});
    std::istringstream names(devices);
    for (std::string name; std::getline(names, name);) {
        EXPECT_THAT(name, AnyOf("null", "zero", "full", "random", "urandom", "tty", "pts", "ptmx", "shm",
                                "mqueue", "fd", AnyOf("stdin", "stdout", "stderr", "core", "console")));
    }
}

TEST_F(EscapeTest, TheProgramOfInitCannotBeOverwritten) {
    // EPERM: sealed; EACCES: not even readable. ETXTBSY would mean a file of the host, only busy now.
    EXPECT_THAT(one({"overwrite", "1"}), AnyOf("EPERM", "EACCES"));
    EXPECT_EQ(one({"overwrite", "self"}), "ETXTBSY") << "its own file, as a control";
}

TEST_F(EscapeTest, AnExecOfProcSelfExeDoesNotReachTheHost) {
    const std::string name = start({{"base", "hostile"}});
    api.exec(name, {"ln", "-s", "/proc/self/exe", "/trap"});
    const std::string before = read_file(potd().arguments().front());
    api.act(name, "exec", {{"command", {"/trap", "overwrite", "self"}}, {"timeout", "300ms"}});
    api.act(name, "exec", {{"command", {"/proc/self/exe"}}, {"timeout", "300ms"}});
    EXPECT_TRUE(read_file(potd().arguments().front()) == before);
    EXPECT_EQ(api.inspect(name)["state"], "running");
}

TEST_F(EscapeTest, NoDescriptorIsLeftOpen) {
    for (const char* pid : {"self", "1"})
        EXPECT_THAT(one({"descriptors", pid}), AnyOf("ENOENT", "EACCES", "EPERM")) << pid;
    const std::string name = start({{"base", "hostile"}});
    const Json result = api.exec(name, {"/hostile", "descriptors", "self"});
    EXPECT_EQ(result["stdout"], "descriptors ENOENT\n") << result;
}

TEST_F(EscapeTest, ChrootDoesNotLeadOut) {
    const TempDir place("potd-" + test_root());
    const std::string marker = place / "marker";
    write_file(marker, "host");
    EXPECT_EQ(one({"escape-chroot", marker}), "ENOENT");
    EXPECT_THAT(one({"through-root", "1", marker}), AnyOf("ENOENT", "EACCES", "EPERM"));
    EXPECT_EQ(on_the_host({"escape-chroot", marker}).back(), "worked");
    fs::remove("/cage");
}

TEST_F(EscapeTest, ProcessesOfOthersCannotBeTouched) {
    const std::string victim = start(idle());
    const std::string pid = std::to_string(api.inspect(victim)["run"]["pid"].get<int>());
    const std::string daemon = std::to_string(potd().pid());
    for (const std::string& target : {pid, daemon}) {
        for (const char* way : {"ptrace", "kill", "read-memory", "pidfd"}) {
            EXPECT_THAT(one({way, target}), AnyOf("ESRCH", "EPERM")) << way << " " << target;
        }
    }
    EXPECT_EQ(one({"ptrace-child"}), "worked");
    EXPECT_EQ(api.inspect(victim)["state"], "running");
}

TEST_F(EscapeTest, OnlyItsOwnProcessesAreSeen) {
    const std::string name = start({{"base", "hostile"}, {"command", {"/hostile", "see"}}});
    api.wait(name);
    EXPECT_THAT(api.logs(name), HasSubstr("# 2\n"));
}

TEST_F(EscapeTest, SignallingEverybodyReachesNobodyElse) {
    const std::string other =
        start({{"command", sh("trap 'echo hit' CONT; echo up; while :; do sleep 0.02; done")}});
    ASSERT_TRUE(wait_until([&] { return api.logs(other) == "up\n"; }));
    const std::string own = start({{"base", "hostile"}});
    EXPECT_THAT(api.exec(own, {"/hostile", "signal-all"})["stdout"].get<std::string>(),
                HasSubstr("signal-all"));
    EXPECT_EQ(api.logs(other), "up\n");
}

TEST_F(EscapeTest, InitCannotBeTracedOrKilled) {
    EXPECT_THAT(one({"ptrace", "1"}), AnyOf("EPERM", "EACCES", "ESRCH"));
    const std::string name = start({{"base", "hostile"}});
    api.exec(name, {"sh", "-c", "kill -KILL 1; kill -STOP 1; kill -TERM 1"});
    EXPECT_EQ(api.exec(name, {"sh", "-c", "echo there"})["stdout"], "there\n");
}

TEST_F(EscapeTest, OtherNamespacesCannotBeJoined) {
    for (const char* path : {"/proc/1/ns/mnt", "/proc/1/ns/pid", "/proc/self/ns/uts", "/proc/1/ns/net"}) {
        EXPECT_THAT(one({"setns", path}), AnyOf("EPERM", "EACCES")) << path;
    }
}

TEST_F(EscapeTest, AWorkingDirectoryByADescriptorStaysInside) {
    // A runtime that leaves a directory of the host open lets its own descriptor be named (CVE-2024-21626).
    const TempDir place("potd-" + test_root());
    const std::string marker = place / "marker";
    write_file(marker, "host");
    const std::string up = "../../../../../../../../../../../..";
    const std::string name = start({{"base", "hostile"}});
    for (int fd = 3; fd < 20; ++fd) {
        const std::string directory = "/proc/self/fd/" + std::to_string(fd);
        const Response response = api.act(
            name, "exec", {{"command", {"cat", up + marker}}, {"workdir", directory}, {"timeout", "5s"}});
        EXPECT_THAT(response.body, Not(HasSubstr("\"host\""))) << directory;
        if (response.status == 200) {
            EXPECT_NE(Json::parse(response.body)["exit_code"], 0) << directory;
        }
        api.create({{"name", "by-fd"},
                    {"base", "hostile"},
                    {"command", {"cat", up + marker}},
                    {"workdir", directory}});
        if (api.act("by-fd", "start").status == 200) {
            EXPECT_NE(api.wait("by-fd")["exit_code"], 0) << directory;
        }
        EXPECT_EQ(api.request("DELETE", "/v1/pots/by-fd").status, 204);
    }
}

TEST_F(EscapeTest, UsersOfTheHostReachNoFilesOfPots) {
    // What root in a pot makes setuid belongs to the host's root (CVE-2021-41091).
    start(idle());
    int looked = 0;
    for (const auto& entry : fs::directory_iterator(potd().state_dir())) {
        if (!entry.is_directory()) continue;
        ++looked;
        EXPECT_EQ(entry.status().permissions() & (fs::perms::group_all | fs::perms::others_all),
                  fs::perms::none)
            << entry.path();
    }
    EXPECT_GT(looked, 2);
}

TEST_F(EscapeTest, PotdsOwnPlacesAreNotThere) {
    for (const std::string base : {"hostile", "host"}) {
        for (const fs::path& place : {potd().state_dir(), fs::path(potd().socket()).parent_path()}) {
            const std::string seen =
                output_of("ls -a " + place.string() + " 2>/dev/null; true", {{"base", base}});
            EXPECT_EQ(seen, "") << place << " in " << base;
        }
    }
}

TEST_F(EscapeTest, NoSocketOfPotdIsAmongThoseOfTheNetworkOfTheHost) {
    // Abstract ones belong to the network, not to the files (CVE-2020-15257).
    const std::string seen =
        output_of("cat /proc/net/unix", {{"base", "hostile"}, {"network", {{"type", "inherit"}}}});
    ASSERT_THAT(seen, HasSubstr("RefCount"));
    std::istringstream lines(seen);
    for (std::string line; std::getline(lines, line);) {
        if (line.find(" @") != std::string::npos) {
            EXPECT_THAT(line, Not(HasSubstr(potd().instance())));
            EXPECT_THAT(line, Not(HasSubstr("@potd")));
        }
    }
}

TEST_F(EscapeTest, NothingOfPotdIsInTheEnvironment) {
    PotdOptions options;
    options.env = {{"POTD_SECRET", "hidden-from-pots"}};
    PotdProcess other(options);
    other.start();
    PotApi client(other.socket());
    client.install_base({{"name", "host"}, {"host", true}});
    const Json spec{
        {"name", "a"}, {"base", "host"}, {"command", sh("env; tr '\\0' '\\n' </proc/1/environ; true")}};
    EXPECT_EQ(client.run(spec)["exit_code"], 0);
    const std::string seen = client.logs("a");
    EXPECT_THAT(seen, Not(HasSubstr("hidden-from-pots")));
    EXPECT_THAT(seen, Not(HasSubstr("POTD_")));
    EXPECT_THAT(seen, HasSubstr("PATH="));
}

}  // namespace
}  // namespace potd::test
