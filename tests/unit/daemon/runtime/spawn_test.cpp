#include "daemon/platform/posix/spawn.hpp"

#include "daemon/platform/linux/memory_file.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "tests/support/temp_dir.hpp"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>

namespace potd::platform {
namespace {

/// Starts `sh -c script` with null, a pipe as output and null; returns what it wrote.
class SpawnTest : public ::testing::Test {
  protected:
    core::Result<ProcessHandle> start(const std::string& script) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        output_.reset(ends[0]);
        const UniqueFd theirs(ends[1]);
        const UniqueFd shell(::open("/bin/sh", O_RDONLY | O_CLOEXEC));
        const UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
        return spawn({shell.get(), {"sh", "-c", script}, {null.get(), theirs.get(), null.get()}});
    }
    std::string output() {
        std::string text;
        std::array<char, 256> buffer{};
        for (ssize_t got = 0; (got = ::read(output_.get(), buffer.data(), buffer.size())) > 0;) {
            text.append(buffer.data(), static_cast<std::size_t>(got));
        }
        return text;
    }
    static int end_of(const ProcessHandle& child) {
        pollfd polled{child.get(), POLLIN, 0};
        EXPECT_EQ(::poll(&polled, 1, 10'000), 1);
        return reap(child).value();
    }

    UniqueFd output_;
};

TEST_F(SpawnTest, TellsTheStatusOfTheEnd) {
    const auto child = start("exit 7");
    ASSERT_TRUE(child.ok());
    EXPECT_EQ(WEXITSTATUS(end_of(*child)), 7);
    EXPECT_FALSE(is_alive(child->identity()));
}

TEST_F(SpawnTest, ASignalledEndIsOne) {
    const auto child = start("kill -9 $$");
    ASSERT_TRUE(child.ok());
    EXPECT_EQ(WTERMSIG(end_of(*child)), SIGKILL);
}

TEST_F(SpawnTest, ThePlaceOfEachDescriptorIsKeptAndNoOtherIsLeft) {
    const UniqueFd extra(::open("/dev/null", O_RDONLY));  // not close-on-exec
    const auto child = start("ls -1 /proc/self/fd | wc -l; env | grep -v ^PWD= | grep -v ^_= | wc -l");
    ASSERT_TRUE(child.ok());
    // ls sees 0, 1, 2 and the directory it reads.
    EXPECT_EQ(output(), "4\n0\n");
    EXPECT_EQ(end_of(*child), 0);
}

TEST_F(SpawnTest, SignalsAreAsAtTheBeginning) {
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
    const auto child = start("grep -E '^Sig(Blk|Ign)' /proc/self/status | tr -d '\\t'");
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ASSERT_TRUE(child.ok());
    EXPECT_EQ(output(), "SigBlk:0000000000000000\nSigIgn:0000000000000000\n");
    EXPECT_EQ(end_of(*child), 0);
}

TEST_F(SpawnTest, AProgramThatCannotRunIsAnErrorAndLeavesNothing) {
    const test::TempDir directory;
    test::write_file(directory / "text", "no program");
    const UniqueFd program(::open((directory / "text").c_str(), O_RDONLY | O_CLOEXEC));
    const auto child = spawn({program.get(), {"text"}, {}});
    ASSERT_FALSE(child.ok());
    EXPECT_EQ(child.error().os_error, EACCES);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(SpawnTest, ASealedProgramRunsAndCannotBeWritten) {
    auto program = sealed_program("/bin/true");
    ASSERT_TRUE(program.ok());
    EXPECT_LT(::write(program->get(), "x", 1), 0);
    EXPECT_EQ(errno, EPERM);
    const auto child = spawn({program->get(), {"true"}, {}});
    ASSERT_TRUE(child.ok()) << child.error().message;
    EXPECT_EQ(end_of(*child), 0);
}

TEST(ProcessIdentityTest, KnowsItselfAndNoStranger) {
    const auto self = identify(::getpid());
    ASSERT_TRUE(self.ok());
    EXPECT_TRUE(is_alive(*self));
    EXPECT_FALSE(is_alive({self->pid, self->start_time + 1}));
    EXPECT_FALSE(is_alive({}));
    EXPECT_TRUE(open_process(*self).ok());
    EXPECT_EQ(open_process({self->pid, 1}).error().kind, core::ErrorKind::NotFound);
}

}  // namespace
}  // namespace potd::platform
