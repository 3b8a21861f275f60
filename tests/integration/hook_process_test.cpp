#include "tests/integration/hook_fixture.hpp"

#include <csignal>

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

namespace potd::test {
namespace {

/// What a hook's program finds around it.
class HookProcessTest : public HookFixture {
  protected:
    std::string output_of(const core::HookRequest& request) {
        const auto result = run(request);
        EXPECT_EQ(result.problem, "") << result.output;
        EXPECT_EQ(result.exit_code, 0);
        return result.output;
    }
    core::HookRequest as(const std::string& user, std::vector<std::string> command) {
        auto made = request(std::move(command));
        made.user = user;
        return made;
    }
};

TEST_P(HookProcessTest, HasExactlyTheEnvironmentGiven) {
    auto printing = request({"/usr/bin/env"});
    printing.env = {{"_POT_NAME", "web"}, {"POTD_RUN", "7"}, {"EMPTY", ""}, {"TEXT", "a b=c\nd"}};
    EXPECT_EQ(output_of(printing), "_POT_NAME=web\nPOTD_RUN=7\nEMPTY=\nTEXT=a b=c\nd\n");
}

TEST_P(HookProcessTest, HasOnlyItsThreeStreams) {
    const platform::UniqueFd kept_over_exec(::open("/dev/null", O_RDONLY));       // NOLINT: not close-on-exec
    EXPECT_EQ(output_of(request({"/bin/ls", "/proc/self/fd"})), "0\n1\n2\n3\n");  // 3 is what it lists
    const std::string streams = output_of(script("readlink /proc/self/fd/0; stat -Lc %F /proc/self/fd/1"));
    EXPECT_EQ(streams, "/dev/null\nfifo\n");
}

TEST_P(HookProcessTest, BothStreamsAreTheOutput) {
    EXPECT_EQ(output_of(script("echo one; echo two >&2; echo three")), "one\ntwo\nthree\n");
}

TEST_P(HookProcessTest, StartsInTheRootDirectoryWithAnOrdinaryMask) {
    EXPECT_EQ(output_of(script("pwd; umask")), "/\n0022\n");
}

TEST_P(HookProcessTest, LeadsASessionOfItsOwn) {
    EXPECT_EQ(output_of(script("read -r pid comm state parent group session rest </proc/self/stat;"
                               "[ $$ = $session ] && [ $$ = $group ] && echo leader")),
              "leader\n");
}

TEST_P(HookProcessTest, HasDefaultSignals) {
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    sigset_t some, mask;
    ::sigemptyset(&some);
    ::sigaddset(&some, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &some, &mask);
    const auto result = run(request({"/bin/grep", "-E", "^Sig(Blk|Ign):", "/proc/self/status"}));
    ::pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    (void)::signal(SIGPIPE, before);
    EXPECT_EQ(result.output, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

TEST_P(HookProcessTest, IsRootUnlessTold) {
    EXPECT_EQ(output_of(script("id -u; id -g; id -G")), "0\n0\n0\n");
}

TEST_P(HookProcessTest, BecomesItsUserWithAllGroups) {
    const passwd* nobody = ::getpwnam("nobody");  // NOLINT(concurrency-mt-unsafe): one thread
    if (nobody == nullptr) GTEST_SKIP() << "needs a user nobody";
    const std::string uid = std::to_string(nobody->pw_uid), gid = std::to_string(nobody->pw_gid);
    const std::string expected = output_of(script("id -u nobody; id -g nobody; id -G nobody"));
    const std::vector<std::string> ask{"/bin/sh", "-c", "id -u; id -g; id -G"};
    EXPECT_EQ(output_of(as("nobody", ask)), expected);
    EXPECT_EQ(output_of(as(uid, ask)), expected);
    EXPECT_EQ(output_of(as(uid + ":" + gid, ask)), expected);
}

TEST_P(HookProcessTest, TakesTheGroupGiven) {
    EXPECT_EQ(output_of(as("3999999901:3999999902", {"/bin/sh", "-c", "id -u; id -g; id -G"})),
              "3999999901\n3999999902\n3999999902\n");
    EXPECT_EQ(output_of(as("root:3999999902", {"/bin/sh", "-c", "id -u; id -g"})), "0\n3999999902\n");
}

TEST_P(HookProcessTest, AUserHasNoRightsOfRoot) {
    EXPECT_EQ(output_of(as("3999999901:3999999902", {"/bin/grep", "CapPrm", "/proc/self/status"})),
              "CapPrm:\t0000000000000000\n");
}

TEST_P(HookProcessTest, AnUnknownUserIsAProblem) {
    const auto result = run(as("no-such-user", {"/bin/true"}));
    EXPECT_EQ(result.problem, "user no-such-user: the host knows no such user");
    EXPECT_FALSE(result.exit_code || result.signal);
}

INSTANTIATE_TEST_SUITE_P(Hierarchies, HookProcessTest,
                         ::testing::Values(HookHierarchy::Unified, HookHierarchy::Freezer));

}  // namespace
}  // namespace potd::test
