#include "daemon/platform/linux/hook_helper.hpp"

#include "daemon/platform/posix/hook_failure.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <array>
#include <cerrno>
#include <optional>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::test {
namespace {

using platform::HookFailure;

struct Ended {
    int exit_code = -1;
    std::optional<HookFailure> failure;  ///< what potmon wrote
};

/// potmon as somebody calls it, with or without a descriptor for its failure.
class HookHelperTest : public ::testing::Test {
  protected:
    static Ended run(const char* uid, const char* program, bool with_failure = true) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        const platform::UniqueFd ours(ends[0]);
        platform::UniqueFd theirs(ends[1]);
        const std::string mode(platform::hook_mode);
        const pid_t pid = ::fork();
        if (pid == 0) {
            with_failure ? ::dup2(theirs.get(), platform::hook_failure_fd)
                         : ::close(platform::hook_failure_fd);
            ::execl(POTMON_PROGRAM, "potmon", mode.c_str(), uid, uid, program, nullptr);
            ::_exit(126);
        }
        theirs.reset();
        Ended ended;
        HookFailure failure;
        if (::read(ours.get(), &failure, sizeof failure) == sizeof failure) ended.failure = failure;
        int status = 0;
        EXPECT_EQ(::waitpid(pid, &status, 0), pid);
        ended.exit_code = WEXITSTATUS(status);
        return ended;
    }
    static std::string self() { return std::to_string(::getuid()); }
};

TEST_F(HookHelperTest, ExecutesTheProgramAndSaysNothing) {
    const Ended ended = run(self().c_str(), "/bin/false");
    EXPECT_EQ(ended.exit_code, 1);
    EXPECT_FALSE(ended.failure);
}

TEST_F(HookHelperTest, TellsWhyThereIsNoProgram) {
    const Ended ended = run(self().c_str(), "/nowhere/hook");
    EXPECT_EQ(ended.exit_code, 127);
    ASSERT_TRUE(ended.failure);
    EXPECT_EQ(ended.failure->step, HookFailure::Step::Program);
    EXPECT_EQ(ended.failure->error_number, ENOENT);
}

TEST_F(HookHelperTest, ExecutesNothingForAUserThatIsNoNumber) {
    for (const char* uid : {"", "nobody", "-1", "4294967295", "4294967296", "0x1"}) {
        const Ended ended = run(uid, "/bin/true");
        EXPECT_EQ(ended.exit_code, 127) << uid;
        ASSERT_TRUE(ended.failure) << uid;
        EXPECT_EQ(ended.failure->step, HookFailure::Step::User) << uid;
        EXPECT_EQ(ended.failure->error_number, EINVAL) << uid;
    }
}

TEST_F(HookHelperTest, ExecutesNothingIfItCouldNotTellAFailure) {
    EXPECT_EQ(run(self().c_str(), "/bin/true", false).exit_code, 127);
}

}  // namespace
}  // namespace potd::test
