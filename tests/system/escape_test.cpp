// A hostile pot: each known way out must fail inside, with the right error, and leave the host as it was.
#include "tests/support/program.hpp"
#include "tests/support/root_tree.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/system/fixture.hpp"

#include <csignal>
#include <filesystem>
#include <memory>
#include <sstream>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// A base of its own with the hostile program in it.
class EscapeTest : public SystemTest {
  protected:
    void SetUp() override {
        SystemTest::SetUp();
        if (IsSkipped() || installed) return;
        const TempDir tree("potd-" + test_root());
        make_root_tree(tree.path(),
                       {"sh", "ls", "cat", "ln", "mkdir", "touch", "sleep", "env", "mkfifo", "rm", "mv"});
        fs::copy_file(POTD_HOSTILE, tree / "hostile");
        api.install_base({{"name", "hostile"}, {"directory", tree.path().string()}});
        installed = true;
    }
    static void TearDownTestSuite() { installed = false; }
    static std::string test_root() { return potd().instance(); }

    /// "mount EPERM" -> what each attempt came to, in order.
    std::vector<std::string> attempt(const Argv& words, Json spec = Json::object()) {
        spec["base"] = "hostile";
        Json command = words;
        command.insert(command.begin(), "/hostile");
        spec["command"] = command;
        const std::string name = start(spec);
        const Json end = api.wait(name);
        EXPECT_EQ(end["exit_code"], 0) << end << api.logs(name);
        return outcomes(api.logs(name, "stream=stdout"));
    }
    static std::vector<std::string> on_the_host(Argv words) {
        words.insert(words.begin(), POTD_HOSTILE);
        return outcomes(run_program(words).out);
    }
    /// The single outcome of one attempt.
    std::string one(const Argv& words, const Json& spec = Json::object()) {
        const auto all = attempt(words, spec);
        return all.empty() ? "nothing" : all.back();
    }
    static Json with_capability(const char* name) {
        return {{"security", {{"capabilities", {{"add", {name}}}}}}};
    }
    static Json unconfined() { return {{"security", {{"seccomp", "unconfined"}}}}; }

    static std::vector<std::string> outcomes(const std::string& text) {
        std::vector<std::string> found;
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            if (line.front() != '#') found.push_back(line.substr(line.rfind(' ') + 1));
        }
        return found;
    }

    static inline bool installed = false;
};

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

/// Traps laid by an earlier run of the pot for the one who puts its root together.
class EscapeByLinkTest : public EscapeTest {
  protected:
    void SetUp() override {
        EscapeTest::SetUp();
        if (IsSkipped()) return;
        outside_ = std::make_unique<TempDir>("potd-" + test_root());
        fs::create_directory(*outside_ / "victim");
        write_file(*outside_ / "victim/file", "untouched\n");
        fs::create_directory(*outside_ / "source");
        write_file(*outside_ / "source/mark", "mounted\n");
    }
    void TearDown() override {
        SystemTest::TearDown();
        outside_.reset();
    }
    [[nodiscard]] std::string victim() const { return *outside_ / "victim"; }
    /// A stopped pot in which `script` has run.
    std::string prepared(const std::string& script) {
        const std::string name = start({{"base", "hostile"}, {"command", sh(script)}});
        EXPECT_EQ(api.wait(name)["exit_code"], 0) << api.logs(name);
        return name;
    }
    /// Starts it again with a mount at `target`; any outcome but a change outside is right.
    void mount_at(const std::string& name, const std::string& target, const char* command) {
        const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", target}}};
        const Response changed =
            api.request("PATCH", "/v1/pots/" + name, {{"mounts", mounts}, {"command", sh(command)}});
        ASSERT_EQ(changed.status, 200) << changed.describe();
        if (api.act(name, "start").status == 200) api.wait(name);
    }
    /// Where the overlay driver keeps what a stopped pot wrote; empty with another driver.
    fs::path upper_of(const std::string& name) {
        const fs::path pot = potd().state_dir() / "pots" / api.inspect(name)["id"].get<std::string>();
        for (const auto& entry : fs::recursive_directory_iterator(pot)) {
            if (entry.path().filename() == "upper") return entry.path();
        }
        return {};
    }
    void expect_untouched() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::recursive_directory_iterator(victim()))
            names.push_back(entry.path().filename());
        EXPECT_THAT(names, ::testing::ElementsAre("file"));
        EXPECT_EQ(read_file(victim() + "/file"), "untouched\n");
    }

    std::unique_ptr<TempDir> outside_;
};

TEST_F(EscapeByLinkTest, AMountTargetBehindALinkStaysInside) {
    const std::string name = prepared("ln -s " + victim() + " /data");
    mount_at(name, "/data/sub", "cat /data/sub/mark");
    expect_untouched();
}

TEST_F(EscapeByLinkTest, AMountTargetThatIsALinkStaysInside) {
    const std::string name = prepared("ln -s " + victim() + " /data");
    mount_at(name, "/data", "touch /data/new");
    expect_untouched();
}

TEST_F(EscapeByLinkTest, LinksUpwardsStayInside) {
    const std::string name = prepared("ln -s ../../../../../../../../.." + victim() + " /data");
    mount_at(name, "/data/sub", "true");
    expect_untouched();
}

TEST_F(EscapeByLinkTest, LinksThroughProcStayInside) {
    const std::string name =
        prepared("ln -s /proc/self/root" + victim() + " /data; ln -s /proc/1/cwd" + victim() + " /b");
    mount_at(name, "/data/sub", "true");
    mount_at(name, "/b/sub", "true");
    expect_untouched();
}

TEST_F(EscapeByLinkTest, SystemPlacesReplacedByLinksStayInside) {
    for (const char* place : {"dev", "proc", "sys"}) {
        const std::string name = start({{"base", "hostile"}, {"command", sh("exit 0")}});
        api.wait(name);
        // A running pot has its own mounts there, so the link is laid from outside, as an image could bring
        // it.
        const fs::path upper = upper_of(name);
        if (upper.empty()) GTEST_SKIP() << "not the overlay driver";
        fs::remove_all(upper / place);
        fs::create_symlink(victim(), upper / place);
        if (api.act(name, "start").status == 200) api.wait(name);
        expect_untouched();
    }
}

TEST_F(EscapeByLinkTest, NothingIsMountedOnTheRootItself) {
    // By "/.." the pot would find a /proc in which nothing is closed there, and in place of /dev the host's
    // root.
    for (const char* place : {"dev", "proc", "sys"}) {
        const std::string name =
            start({{"base", "hostile"}, {"command", sh("exit 0")}, {"open_stdin", true}});
        api.wait(name);
        const fs::path upper = upper_of(name);
        if (upper.empty()) GTEST_SKIP() << "not the overlay driver";
        fs::remove_all(upper / place);
        fs::create_symlink("/", upper / place);
        const Response response = api.act(name, "start");
        EXPECT_GE(response.status, 400) << place;
        EXPECT_THAT(response.body, HasSubstr("mount at /" + std::string(place))) << place;
    }
}

TEST_F(EscapeByLinkTest, AMountTargetThatLeadsToTheRootIsRefused) {
    const Json mount = {{"dir", (*outside_ / "source").string()}, {"target", "/data"}};
    const std::string name = prepared("ln -s / /data");
    const Response changed = api.request("PATCH", "/v1/pots/" + name, {{"mounts", Json::array({mount})}});
    ASSERT_EQ(changed.status, 200) << changed.describe();
    EXPECT_GE(api.act(name, "start").status, 400);

    const std::string other = start(idle());
    ASSERT_EQ(api.exec(other, {"ln", "-s", "/", "/data"})["exit_code"], 0);
    const Response live = api.request("POST", "/v1/pots/" + other + "/mounts", mount);
    EXPECT_EQ(live.status, 422) << live.describe();
    EXPECT_THAT(live.body, HasSubstr("root of the pot"));
    EXPECT_EQ(api.exec(other, {"ls", "/bin/sh"})["exit_code"], 0) << "what comes in later finds its root";
}

TEST_F(EscapeByLinkTest, TheStandardInputIsTheNullDeviceOrNone) {
    // It is opened before the command gives up the rights by which the kernel shows its log and its
    // addresses.
    for (const char* planted : {"/proc/kmsg", "/proc/kallsyms", "/mark"}) {
        fs::remove(*outside_ / "source/null");
        fs::create_symlink(planted, *outside_ / "source/null");
        const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", "/dev"}}};
        const Json spec{{"name", "stdin"},
                        {"base", "hostile"},
                        {"command", {"/hostile", "read", "/mark"}},
                        {"mounts", mounts}};
        api.create(spec);
        const Response response = api.act("stdin", "start");
        EXPECT_GE(response.status, 400) << planted;
        EXPECT_THAT(response.body, HasSubstr("/dev/null")) << planted;
        EXPECT_EQ(api.request("DELETE", "/v1/pots/stdin").status, 204);
    }
}

TEST_F(EscapeByLinkTest, AMountThatCoversProcUncoversNothingWhenItGoes) {
    // A developer may mount a volume and take it away again, and needs no capability in the pot for it.
    const std::string name = start(
        {{"base", "hostile"}, {"mounts", {{{"dir", (*outside_ / "source").string()}, {"target", "/proc"}}}}});
    ASSERT_EQ(api.exec(name, {"cat", "/proc/mark"})["stdout"], "mounted\n");
    const Response gone = api.request("DELETE", "/v1/pots/" + name + "/mounts?target=/proc");
    ASSERT_EQ(gone.status, 200) << gone.describe();
    const auto tried = [&](const Argv& words) {
        Argv command{"/hostile"};
        command.insert(command.end(), words.begin(), words.end());
        return outcomes(api.exec(name, command)["stdout"]).back();
    };
    for (const char* path :
         {"/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sysrq-trigger"}) {
        if (!fs::exists(path)) continue;
        EXPECT_EQ(tried({"open-write", path}), "EROFS") << path;
    }
    EXPECT_EQ(tried({"read", "/proc/interrupts"}), "ENODATA");
    EXPECT_EQ(tried({"read", "/proc/version"}), "worked") << "the real one, as a control";
}

TEST_F(EscapeByLinkTest, AMountOnDevDoesNotSayByWhatIsMasked) {
    // A null that is a link to a setting would be bound over what is masked, and be writable
    // (CVE-2025-31133).
    fs::create_symlink("/proc/version", *outside_ / "source/null");
    const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", "/dev"}}};
    const Json spec{{"mounts", mounts}, {"open_stdin", true}};
    EXPECT_EQ(one({"read", "/dev/null"}, spec), "worked") << "the planted one, as a control";
    EXPECT_EQ(one({"read", "/proc/interrupts"}, spec), "ENODATA");
}

TEST_F(EscapeByLinkTest, APasswdThatBlocksDoesNotHoldUpTheStart) {
    const std::string name = prepared("rm -f /etc/passwd /etc/group; mkfifo /etc/passwd /etc/group");
    ASSERT_EQ(api.request("PATCH", "/v1/pots/" + name, {{"user", "daemon"}}).status, 200);
    const Response response = api.act(name, "start");
    EXPECT_GE(response.status, 400) << response.describe();
    EXPECT_EQ(api.request("GET", "/v1/health").status, 200);
}

TEST_F(EscapeByLinkTest, APasswdThatIsALinkOutsideIsNotRead) {
    write_file(*outside_ / "passwd", "ghost:x:4242:4242::/:/bin/sh\n");
    const std::string name =
        prepared("rm -f /etc/passwd; ln -s " + (*outside_ / "passwd").string() + " /etc/passwd");
    ASSERT_EQ(api.request("PATCH", "/v1/pots/" + name, {{"user", "ghost"}}).status, 200);
    EXPECT_GE(api.act(name, "start").status, 400);
}

TEST_F(EscapeByLinkTest, AReadOnlyMountIsReadOnly) {
    const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", "/data"}, {"mode", "ro"}}};
    EXPECT_EQ(one({"open-write", "/data/mark"}, {{"mounts", mounts}}), "EROFS");
    EXPECT_EQ(one({"remount", "/data"}, {{"mounts", mounts}}), "EPERM");
}

TEST_F(EscapeByLinkTest, AMountDoesNotBringDevicesOrSetuid) {
    fs::copy_file(POTD_HOSTILE, *outside_ / "source/program");
    const Json mounts = {{{"dir", (*outside_ / "source").string()}, {"target", "/data"}}};
    const std::string options =
        output_of("cat /proc/self/mountinfo", {{"base", "hostile"}, {"mounts", mounts}});
    const std::size_t at = options.find(" /data ");
    ASSERT_NE(at, std::string::npos) << options;
    const std::string flags = options.substr(at, options.find('\n', at) - at);
    EXPECT_THAT(flags, HasSubstr("nosuid"));
    EXPECT_THAT(flags, HasSubstr("nodev"));
}

}  // namespace
}  // namespace potd::test
