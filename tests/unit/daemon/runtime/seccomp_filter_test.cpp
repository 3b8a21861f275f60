#include "daemon/platform/linux/seccomp_filter.hpp"

#include "daemon/platform/linux/seccomp_list.hpp"
#include "daemon/platform/posix/text.hpp"

#include <cerrno>
#include <csignal>
#include <functional>
#include <set>

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr int filter_refused = 250;

/// Runs `attempt` in a child under the filter; the errno it leaves (0 = it succeeded), or 128+signal.
int under_filter(CapabilityMask capabilities, const std::function<long()>& attempt) {
    const auto built = build_seccomp_filter(capabilities);
    if (!built) return filter_refused;
    std::string code = built.value();
    const pid_t child = ::fork();
    if (child == 0) {
        sock_fprog program{static_cast<unsigned short>(code.size() / sizeof(sock_filter)),
                           reinterpret_cast<sock_filter*>(code.data())};
        if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
            ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
            ::_exit(filter_refused);
        }
        ::_exit(attempt() < 0 ? errno : 0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int by_default(const std::function<long()>& attempt) {
    return under_filter(default_capabilities(), attempt);
}

TEST(SeccompFilterTest, OrdinaryCallsWork) {
    EXPECT_EQ(by_default([] { return ::syscall(SYS_getpid); }), 0);
    EXPECT_EQ(by_default([] { return ::socket(AF_UNIX, SOCK_STREAM, 0); }), 0);
    EXPECT_EQ(by_default([] { return ::socket(AF_INET, SOCK_STREAM, 0); }), 0);
    EXPECT_EQ(by_default([] { return ::syscall(SYS_personality, 0xffffffffUL); }), 0);
    EXPECT_EQ(by_default([] { return ::fork(); }), 0);
}

TEST(SeccompFilterTest, CallsThatRuleTheMachineAreRefused) {
    EXPECT_EQ(by_default([] { return ::syscall(SYS_mount, nullptr, nullptr, nullptr, 0, nullptr); }), EPERM);
    EXPECT_EQ(by_default([] { return ::syscall(SYS_kexec_load, 0, 0, nullptr, 0); }), EPERM);
    EXPECT_EQ(by_default([] { return ::syscall(SYS_bpf, 0, nullptr, 0); }), EPERM);
    EXPECT_EQ(by_default([] { return ::syscall(SYS_io_uring_setup, 1, nullptr); }), EPERM);
    EXPECT_EQ(by_default([] { return ::syscall(SYS_keyctl, 0, 0, 0, 0, 0); }), EPERM);
    EXPECT_EQ(by_default([] { return ::syscall(SYS_userfaultfd, 0); }), EPERM);
    EXPECT_EQ(by_default([] { return ::unshare(CLONE_NEWUSER); }), EPERM);
}

TEST(SeccompFilterTest, NewNamespacesCannotBeCloned) {
    EXPECT_EQ(by_default(
                  [] { return ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, 0); }),
              EPERM);
    EXPECT_EQ(by_default([] { return ::syscall(SYS_clone3, nullptr, 0); }), ENOSYS);
}

TEST(SeccompFilterTest, VsockIsRefusedAlsoWithHighBits) {
    EXPECT_EQ(by_default([] { return ::syscall(SYS_socket, 40UL, SOCK_STREAM, 0); }), EPERM);
    EXPECT_EQ(by_default([] { return ::syscall(SYS_socket, 0x100000028UL, SOCK_STREAM, 0); }), EPERM);
}

TEST(SeccompFilterTest, OddPersonalitiesAreRefused) {
    EXPECT_EQ(by_default([] { return ::syscall(SYS_personality, 0x40000UL); }), EPERM);
}

TEST(SeccompFilterTest, CallsYoungerThanTheLibraryDoNotExist) {
    EXPECT_EQ(by_default([] { return ::syscall(900); }), ENOSYS);
}

TEST(SeccompFilterTest, TheX32TableIsClosed) {
#if defined(__x86_64__)
    EXPECT_EQ(by_default([] { return ::syscall(0x40000000L + SYS_getpid); }), 128 + SIGSYS);
#else
    GTEST_SKIP() << "no x32 on this architecture";
#endif
}

TEST(SeccompFilterTest, SysAdminOpensWhatItNeeds) {
    const CapabilityMask admin = default_capabilities() | capability_bit("SYS_ADMIN");
    EXPECT_NE(under_filter(admin, [] { return ::syscall(SYS_clone3, nullptr, 0); }), ENOSYS);
    EXPECT_EQ(under_filter(admin, [] { return ::syscall(SYS_umount2, nullptr, 0); }), EFAULT);
}

TEST(SeccompFilterTest, EachNameOfTheListIsKnownOrOfAnotherArchitecture) {
    std::set<std::string_view> seen;
    for (const auto names : always_allowed()) {
        for (const auto name : split_blanks(names)) EXPECT_TRUE(seen.insert(name).second) << name << " twice";
    }
    EXPECT_GT(seen.size(), 300U);
    for (const auto* name : {"read", "execve", "openat2", "futex_waitv"}) {
        EXPECT_TRUE(seen.contains(name)) << name;
        EXPECT_NE(::seccomp_syscall_resolve_name(name), __NR_SCMP_ERROR) << name;
    }
}

TEST(SeccompFilterTest, SetsThatAgreeShareAProgram) {
    SeccompPrograms programs;
    EXPECT_EQ(programs.program(default_capabilities()).value(),
              programs.program(default_capabilities() & ~capability_bit("CHOWN")).value());
}

}  // namespace
}  // namespace potd::platform
