// Ways out that others left open in the last years, by the numbers they are known under.
#include "tests/system/escape_fixture.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

namespace potd::test {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Tells which of some files were opened.
class Watch {
  public:
    Watch() : fd_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {}
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    ~Watch() { ::close(fd_); }
    void add(const fs::path& file) {
        const int number = ::inotify_add_watch(fd_, file.c_str(), IN_OPEN | IN_MODIFY);
        ASSERT_GE(number, 0) << file;
        files_.resize(std::max(files_.size(), static_cast<std::size_t>(number) + 1));
        files_[static_cast<std::size_t>(number)] = file;
    }
    std::vector<std::string> opened() {
        std::vector<std::string> found;
        alignas(inotify_event) std::array<char, 65'536> room{};
        const ssize_t size = ::read(fd_, room.data(), room.size());
        for (ssize_t at = 0; at < size;) {
            const auto* event = reinterpret_cast<const inotify_event*>(room.data() + at);
            found.push_back(files_.at(static_cast<std::size_t>(event->wd)));
            at += static_cast<ssize_t>(sizeof *event + event->len);
        }
        return found;
    }

  private:
    int fd_;
    std::vector<std::string> files_;
};

class KnownEscapeTest : public VictimTest {
  protected:
    /// What is laid into the root of a pot that is stopped, as an image could bring it.
    fs::path planted(const std::string& name) {
        api.wait(name);
        return upper_of(name);
    }
    [[nodiscard]] Json source_at(const std::string& target) const {
        return {{{"dir", (*outside_ / "source").string()}, {"target", target}}};
    }
    std::string unconfined_one(const Argv& words) { return one(words, unconfined()); }
};

TEST_F(KnownEscapeTest, APlantedConsoleOrTerminalIsNotFollowed) {
    // CVE-2025-52565
    const std::string name =
        start({{"base", "hostile"}, {"terminal", true}, {"command", sh("echo told >/dev/console")}});
    const fs::path upper = planted(name);
    if (upper.empty()) GTEST_SKIP() << "not the overlay driver";
    fs::create_directories(upper / "dev");
    for (const char* each : {"console", "ptmx", "null", "pts", "tty"})
        fs::create_symlink(victim() + "/file", upper / "dev" / each);
    EXPECT_EQ(api.act(name, "start").status, 200);
    EXPECT_EQ(api.wait(name)["exit_code"], 0);
    EXPECT_THAT(api.logs(name), HasSubstr("told"));
    expect_untouched();
}

TEST_F(KnownEscapeTest, AVolumeOnDevGivesNoTerminalOfItsOwn) {
    // CVE-2025-52565: what is opened and mounted there is opened and mounted with the host's rights.
    fs::create_directory(*outside_ / "source/pts");
    write_file(*outside_ / "source/inside", "inside\n");
    for (const std::string& link : {victim() + "/file", std::string("/dev/inside"), std::string("/proc/kmsg"),
                                    std::string("/proc/sys/kernel/core_pattern")}) {
        for (const char* place : {"console", "pts/ptmx"}) {
            fs::remove(*outside_ / "source" / place);
            fs::create_symlink(link, *outside_ / "source" / place);
        }
        Watch watch;
        watch.add(*outside_ / "source/inside");
        const std::string name = create({{"base", "hostile"},
                                         {"terminal", true},
                                         {"mounts", source_at("/dev")},
                                         {"command", sh("echo told >/dev/console")}});
        EXPECT_GE(api.act(name, "start").status, 400) << link;
        EXPECT_THAT(watch.opened(), IsEmpty());
    }
    EXPECT_EQ(read_file(*outside_ / "source/inside"), "inside\n");
    expect_untouched();
}

TEST_F(KnownEscapeTest, NothingOfPotdTrustsTheProcOfAPot) {
    // CVE-2019-19921, CVE-2023-27561, CVE-2025-52881: labels and settings written into files that a pot has
    // put there.
    Watch watch;
    for (const char* file : {"self/attr/exec",
                             "self/attr/current",
                             "self/attr/apparmor/exec",
                             "self/oom_score_adj",
                             "self/setgroups",
                             "self/uid_map",
                             "self/gid_map",
                             "self/stat",
                             "self/mountinfo",
                             "self/status",
                             "self/exe",
                             "self/fd/0",
                             "thread-self/attr/exec",
                             "1/ns/net",
                             "1/ns/mnt",
                             "sys/kernel/hostname",
                             "sys/net/ipv6/conf/lo/disable_ipv6",
                             "sys/kernel/cap_last_cap",
                             "filesystems",
                             "cmdline"}) {
        fs::create_directories((*outside_ / "source" / file).parent_path());
        write_file(*outside_ / "source" / file, "untouched\n");
        watch.add(*outside_ / "source" / file);
    }
    const std::string name =
        start({{"base", "hostile"}, {"mounts", source_at("/proc")}, {"hostname", "named"}});
    EXPECT_EQ(api.exec(name, {"/bin/sh", "-c", "echo in"})["stdout"], "in\n");
    const std::string terminal = start(
        {{"base", "hostile"}, {"mounts", source_at("/proc")}, {"terminal", true}, {"command", sh("exit 0")}});
    EXPECT_EQ(api.wait(terminal)["exit_code"], 0);
    api.stop(name);
    EXPECT_THAT(watch.opened(), IsEmpty());
}

TEST_F(KnownEscapeTest, AProcThatAVolumeCoversIsClosedAllTheSame) {
    // Its masks are made where it is, not where its name leads later.
    const std::string name = start({{"base", "hostile"}, {"command", sh("exit 0")}});
    const fs::path upper = planted(name);
    if (upper.empty()) GTEST_SKIP() << "not the overlay driver";
    fs::remove_all(upper / "proc");
    fs::create_directories(upper / "vol/proc");
    fs::create_symlink("/vol/proc", upper / "proc");
    const Response changed =
        api.request("PATCH", "/v1/pots/" + name, {{"mounts", source_at("/vol")}, {"command", nullptr}});
    ASSERT_EQ(changed.status, 200) << changed.describe();
    api.start(name);
    ASSERT_EQ(api.request("DELETE", "/v1/pots/" + name + "/mounts?target=/vol").status, 200);
    const auto tried = [&](const char* attempt, const char* path) {
        return outcomes(api.exec(name, {"/hostile", attempt, path})["stdout"]).back();
    };
    EXPECT_EQ(tried("read", "/proc/version"), "worked") << "it is there again, as a control";
    EXPECT_EQ(tried("read", "/proc/interrupts"), "ENODATA");
    EXPECT_EQ(tried("open-write", "/proc/sys/kernel/core_pattern"), "EROFS");
}

TEST_F(KnownEscapeTest, NoOtherNameLeadsToSettingsOfTheKernel) {
    for (const std::string top :
         {"/proc/1/root", "/proc/self/root", "/proc/thread-self/root", "/proc/self/cwd",
          "/proc/self/task/../../self/root", "/dev/fd/../../self/root"}) {
        for (const std::string file :
             {"/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/fs/binfmt_misc/register"}) {
            EXPECT_THAT(one({"open-write", top + file}), AnyOf("EROFS", "EACCES", "ENOENT")) << top + file;
        }
    }
    EXPECT_EQ(one({"mount", "binfmt_misc", "/mnt"}), "EPERM");
    EXPECT_EQ(one({"mount", "proc", "/mnt"}), "EPERM");
    EXPECT_EQ(one({"mount", "sysfs", "/mnt"}), "EPERM");
}

TEST_F(KnownEscapeTest, AUserNamespaceOfItsOwnOpensNothing) {
    // CVE-2022-0492, in a pot without a filter: there the kernel alone refuses.
    EXPECT_THAT(unconfined_one({"release-agent"}), AnyOf("EPERM", "EACCES", "ENOENT"));
    EXPECT_EQ(unconfined_one({"fresh-proc"}), "EPERM") << "since something in the pot's own is masked";
    EXPECT_EQ(on_the_host({"fresh-proc"}).back(), "worked");
}

TEST_F(KnownEscapeTest, NoDescriptorOfAProcessLeadsIntoItsNamespaces) {
    const std::string victim_pot = start(idle());
    const pid_t main = api.inspect(victim_pot)["run"]["pid"];
    for (const pid_t pid : {potd().pid(), monitor_of(main), main})
        EXPECT_THAT(unconfined_one({"setns-process", std::to_string(pid)}), AnyOf("ESRCH", "EINVAL"));
    EXPECT_EQ(one({"setns-process", "1"}), "EPERM");
    EXPECT_EQ(unconfined_one({"setns-process", "1"}), "EPERM");
}

TEST_F(KnownEscapeTest, KeysOfTheSessionOfPotdAreNotFound) {
    const std::string name = "potd-" + potd().instance();
    constexpr int session = -3, revoke = 3;
    const long key = ::syscall(SYS_add_key, "user", name.c_str(), "x", 1, session);
    if (key < 0) GTEST_SKIP() << "keys: " << std::generic_category().message(errno);
    EXPECT_EQ(on_the_host({"find-key", name}).back(), "worked");
    EXPECT_EQ(unconfined_one({"find-key", name}), "ENOKEY");
    const std::string pot = start({{"base", "hostile"}, {"security", {{"seccomp", "unconfined"}}}});
    EXPECT_EQ(outcomes(api.exec(pot, {"/hostile", "find-key", name})["stdout"]).back(), "ENOKEY");
    ::syscall(SYS_keyctl, revoke, key, 0, 0, 0);
}

/// A mount of this test's own that passes on what is mounted below it.
class SharedMount {
  public:
    explicit SharedMount(std::string at) : at_(std::move(at)) {
        made = ::mount(at_.c_str(), at_.c_str(), nullptr, MS_BIND, nullptr) == 0 &&
               ::mount(nullptr, at_.c_str(), nullptr, MS_SHARED, nullptr) == 0;
    }
    SharedMount(const SharedMount&) = delete;
    SharedMount& operator=(const SharedMount&) = delete;
    ~SharedMount() { ::umount2(at_.c_str(), MNT_DETACH); }

    bool made = false;

  private:
    std::string at_;
};

TEST_F(KnownEscapeTest, WhatAPotMountsIsNotMountedOnTheHost) {
    const fs::path top = *outside_ / "source";
    fs::create_directory(top / "sub");
    const SharedMount shared(top.string());
    ASSERT_TRUE(shared.made) << std::generic_category().message(errno);
    Json spec = with_capability("SYS_ADMIN");
    spec.update(Json{{"base", "hostile"}, {"mounts", source_at("/vol")}});
    const std::string name = start(spec);
    EXPECT_EQ(api.exec(name, {"/hostile", "mount", "tmpfs", "/vol/sub"})["stdout"], "mount worked\n");
    ASSERT_EQ(api.request("POST", "/v1/pots/" + name + "/mounts", source_at("/live").front()).status / 100,
              2);
    EXPECT_EQ(api.exec(name, {"/hostile", "mount", "tmpfs", "/live/sub"})["stdout"], "mount worked\n");
    EXPECT_THAT(read_file("/proc/self/mountinfo"), Not(HasSubstr((top / "sub").string())));
    api.destroy(name, true);
}

TEST_F(KnownEscapeTest, AbstractSocketsBelongToTheNetwork) {
    // CVE-2020-15257: so nothing that gives rights may listen at one; potd has none.
    const std::string name = "escape-" + potd().instance();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener, 4), 0);
    EXPECT_EQ(one({"abstract", name}, {{"network", {{"type", "none"}}}}), "ECONNREFUSED");
    EXPECT_EQ(one({"abstract", name}, {{"network", {{"type", "inherit"}}}}), "worked") << "as a control";
    ::close(listener);
}

TEST_F(KnownEscapeTest, NoLibraryOfAPotIsLoadedForACopy) {
    // CVE-2019-14271
    // Linked statically, and does nothing: what is opened is opened by others.
    const std::string name = start({{"base", "hostile"}, {"command", {"/hostile", "wait"}}});
    const fs::path root = root_of(api.inspect(name)["run"]["pid"]);
    write_file(root / "etc/nsswitch.conf", "passwd: files\n");
    Watch watch;
    watch.add(root / "etc/nsswitch.conf");
    int libraries = 0;
    for (const auto& entry : fs::recursive_directory_iterator(root / "usr")) {
        if (!entry.is_regular_file() || entry.path().string().find(".so") == std::string::npos) continue;
        watch.add(entry.path());
        ++libraries;
    }
    EXPECT_GT(libraries, 0);
    const std::string source = (*outside_ / "source").string();
    EXPECT_EQ(shell("potctl copy-in -p " + name + " -s " + source + " -d /root").status, 0);
    EXPECT_EQ(shell("potctl copy-out -p " + name + " -s /root/source -d " + outside_->path().string()).status,
              0);
    EXPECT_THAT(watch.opened(), IsEmpty());
    api.exec(name, {"ls", "/"});
    EXPECT_THAT(watch.opened(), Not(IsEmpty())) << "the program's own, as a control";
}

}  // namespace
}  // namespace potd::test
