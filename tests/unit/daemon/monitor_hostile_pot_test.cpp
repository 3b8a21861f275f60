#include "daemon/monitor/command_words.hpp"
#include "daemon/monitor/control.hpp"
#include "daemon/monitor/linux/reaper.hpp"
#include "daemon/monitor/sys.hpp"
#include "tests/support/temp_dir.hpp"

#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <utility>

#include <gtest/gtest.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::monitor {
namespace {

namespace fs = std::filesystem;

struct Child {
    pid_t pid = -1;
    int pidfd = -1;
};

Child fork_child(std::uint64_t flags) {
    Child child;
    clone_args arguments{};
    arguments.flags = flags | CLONE_PIDFD;
    arguments.pidfd = reinterpret_cast<std::uint64_t>(&child.pidfd);
    arguments.exit_signal = SIGCHLD;
    child.pid = static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
    return child;
}

/// Exit status; -1 if it had to be killed.
int end_of(const Child& child, int milliseconds) {
    pollfd one{child.pidfd, POLLIN, 0};
    const bool ended = ::poll(&one, 1, milliseconds) == 1;
    if (!ended) ::kill(child.pid, SIGKILL);
    int status = 0;
    ::waitpid(child.pid, &status, 0);
    ::close(child.pidfd);
    return ended && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// In that root: whether `user` is known there.
bool knows_user(const fs::path& root, const char* user) {
    const int own_files = sys::own_files();
    if (::chroot(root.c_str()) != 0) ::_exit(2);
    Credentials who;
    Fault fault;
    return find_user(user, own_files, who, fault);
}

/// In a root of its own, whose /etc/passwd is a link to the name of this thread.
bool finds_user_in_proc(const fs::path& root) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("/proc", (root / "proc").c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0 ||
        ::prctl(PR_SET_NAME, "web:x:33:34::/") != 0)
        ::_exit(2);
    return knows_user(root, "web");
}

TEST(HostilePotTest, UsersAreNotLookedUpInFilesThatTheKernelMakesUp) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    const test::TempDir root;
    fs::create_directory(root / "etc");
    fs::create_directory(root / "proc");
    fs::create_symlink("/proc/self/comm", root / "etc/passwd");
    const Child child = fork_child(0);
    if (child.pid == 0) ::_exit(finds_user_in_proc(root.path()) ? 1 : 0);
    EXPECT_EQ(end_of(child, 30'000), 0);
}

/// What became of the look for a user in a root with this directory etc: exit status, and whether the passwd
/// in it was opened.
std::pair<int, bool> look_in(const fs::path& root) {
    const int watch = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    EXPECT_GE(::inotify_add_watch(watch, (root / "etc/passwd").c_str(), IN_OPEN), 0);
    const Child child = fork_child(0);
    if (child.pid == 0) ::_exit(knows_user(root, "web") ? 0 : 1);
    const int status = end_of(child, 30'000);
    std::array<char, 4096> events{};
    const bool opened = ::read(watch, events.data(), events.size()) > 0;
    ::close(watch);
    return {status, opened};
}

TEST(HostilePotTest, WhatIsNoFileIsNotOpenedInTheSearchForAUser) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    const test::TempDir root;
    fs::create_directory(root / "etc");
    std::ofstream(root / "etc/users") << "web:x:33:34::/:/bin/sh\n";
    fs::create_symlink("users", root / "etc/passwd");
    EXPECT_EQ(look_in(root.path()), std::pair(0, true)) << "behind a link, as a control";
    fs::remove(root / "etc/passwd");
    ASSERT_EQ(::mkfifo((root / "etc/passwd").c_str(), 0600), 0);
    EXPECT_EQ(look_in(root.path()), std::pair(1, false)) << "a pipe";
    fs::remove(root / "etc/passwd");
    ASSERT_EQ(::mknod((root / "etc/passwd").c_str(), S_IFCHR | 0600, makedev(1, 5)), 0);
    EXPECT_EQ(look_in(root.path()), std::pair(1, false)) << "a device";
}

volatile std::sig_atomic_t told = 0;

/// Pid 1 of a pot whose command stops everybody else all the time, until it was told something thrice.
[[noreturn]] void run_pot(int control) {
    sigset_t all;
    sigfillset(&all);
    ::sigprocmask(SIG_SETMASK, &all, nullptr);
    const pid_t command = ::fork();
    if (command == 0) {
        (void)::signal(SIGUSR2, [](int) { told = told + 1; });
        ::sigprocmask(SIG_UNBLOCK, &all, nullptr);
        while (told < 3) ::kill(-1, SIGSTOP);
        ::_exit(7);
    }
    Reaper(control, command, false).run();
    ::_exit(0);
}

TEST(HostilePotTest, WhoStopsEverybodyStillGetsWhatEverybodyGets) {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root";
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    const Child init = fork_child(CLONE_NEWPID);
    if (init.pid == 0) run_pot(ends[1]);
    ::close(ends[1]);
    ControlMessage message;
    for (Received end; !end.ended && !end.whole; end = receive_control(ends[0], message)) {
        send_order(ends[0], SIGUSR2);
        ::kill(init.pid, order_signal);
        pollfd answer{ends[0], POLLIN, 0};
        ::poll(&answer, 1, 1);
    }
    EXPECT_EQ(message.kind, static_cast<std::uint32_t>(ControlMessage::MainEnded));
    EXPECT_TRUE(WIFEXITED(message.value) && WEXITSTATUS(message.value) == 7);
    EXPECT_EQ(end_of(init, 60'000), 0);
    ::close(ends[0]);
}

}  // namespace
}  // namespace potd::monitor
