#include "daemon/platform/posix/hook_end.hpp"

#include "tests/support/temp_dir.hpp"

#include <cerrno>
#include <csignal>

#include <gtest/gtest.h>
#include <sys/wait.h>

namespace potd::platform {
namespace {

constexpr core::milliseconds half_a_minute{30'000};

TEST(HookEndTest, SuccessHasNoProblem) {
    const auto result = hook_end(W_EXITCODE(0, 0), HookCut::None, half_a_minute);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_FALSE(result.signal);
    EXPECT_EQ(result.problem, "");
}

TEST(HookEndTest, NamesTheExitCode) {
    const auto result = hook_end(W_EXITCODE(3, 0), HookCut::None, half_a_minute);
    EXPECT_EQ(result.exit_code, 3);
    EXPECT_EQ(result.problem, "exit code 3");
}

TEST(HookEndTest, NamesTheSignal) {
    const auto result = hook_end(W_EXITCODE(0, SIGKILL), HookCut::None, half_a_minute);
    EXPECT_FALSE(result.exit_code);
    EXPECT_EQ(result.signal, SIGKILL);
    EXPECT_EQ(result.problem, "killed by signal 9");
}

TEST(HookEndTest, AKillOfOursSaysWhy) {
    const auto late = hook_end(W_EXITCODE(0, SIGKILL), HookCut::TimedOut, half_a_minute);
    EXPECT_EQ(late.problem, "timed out after 30s");
    EXPECT_EQ(late.signal, SIGKILL);
    EXPECT_EQ(hook_end(W_EXITCODE(0, SIGKILL), HookCut::Cancelled, half_a_minute).problem, "cancelled");
    const auto shell = hook_end(W_EXITCODE(128 + SIGKILL, 0), HookCut::TimedOut, half_a_minute);
    EXPECT_EQ(shell.problem, "timed out after 30s") << "its command was killed first";
    EXPECT_EQ(shell.exit_code, 137);
    EXPECT_EQ(hook_end(W_EXITCODE(137, 0), HookCut::None, half_a_minute).problem, "exit code 137");
    EXPECT_EQ(hook_end(W_EXITCODE(2, 0), HookCut::TimedOut, half_a_minute).problem, "exit code 2");
}

TEST(HookEndTest, AnEndBeforeTheKillCounts) {
    EXPECT_EQ(hook_end(W_EXITCODE(0, 0), HookCut::TimedOut, half_a_minute).problem, "");
    EXPECT_EQ(hook_end(W_EXITCODE(0, SIGSEGV), HookCut::Cancelled, half_a_minute).problem,
              "killed by signal 11");
}

TEST(HookEndTest, AnEndNobodySawIsAProblem) {
    EXPECT_EQ(hook_end(std::nullopt, HookCut::None, half_a_minute).problem, "its end was not seen");
    EXPECT_EQ(hook_end(std::nullopt, HookCut::Cancelled, half_a_minute).problem, "cancelled");
}

TEST(HookProblemTest, NamesPathAndReason) {
    using Step = HookFailure::Step;
    EXPECT_EQ(hook_problem({Step::Program, ENOENT}, "/nowhere/hook"),
              "/nowhere/hook: No such file or directory");
    EXPECT_EQ(hook_problem({Step::Program, EACCES}, "/etc/passwd"), "/etc/passwd: Permission denied");
    EXPECT_EQ(hook_problem({Step::User, EPERM}, "/bin/true"),
              "/bin/true: cannot become its user: Operation not permitted");
    EXPECT_EQ(hook_problem({Step::Helper, ENOMEM}, "/bin/true"),
              "/bin/true: cannot start the program that gives up root's rights: Cannot allocate memory");
}

TEST(HookProblemTest, AFileThatIsThereLacksItsInterpreter) {
    const test::TempDir directory;
    test::write_file(directory / "hook", "#!/nowhere/sh\n");
    const std::string path = directory / "hook";
    EXPECT_EQ(hook_problem({HookFailure::Step::Program, ENOENT}, path),
              path + ": its interpreter does not exist");
}

}  // namespace
}  // namespace potd::platform
