#include "daemon/platform/posix/directory_lock.hpp"

#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::platform {
namespace {

using core::ErrorKind;
using core::Result;

TEST(DirectoryLockTest, IsHeldByOneAtATime) {
    const test::TempDir dir;
    Result<DirectoryLock> first = DirectoryLock::acquire(dir.path());
    ASSERT_TRUE(first) << first.error().message;
    const Result<DirectoryLock> second = DirectoryLock::acquire(dir.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::Conflict);
    EXPECT_NE(second.error().message.find(dir.path().string()), std::string::npos);
    EXPECT_NE(second.error().message.find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos)
        << second.error().message;
}

TEST(DirectoryLockTest, EndsWithItsScope) {
    const test::TempDir dir;
    { ASSERT_TRUE(DirectoryLock::acquire(dir.path())); }
    EXPECT_TRUE(DirectoryLock::acquire(dir.path()));
}

TEST(DirectoryLockTest, EndsWithItsProcess) {
    const test::TempDir dir;
    const pid_t child = ::fork();
    if (child == 0) {
        const auto held = DirectoryLock::acquire(dir.path());
        ::_exit(held ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(DirectoryLock::acquire(dir.path()));
}

TEST(DirectoryLockTest, WaitsForAChildThatAKilledHolderLeft) {
    const test::TempDir dir;
    const pid_t holder = ::fork();
    if (holder == 0) {
        const auto held = DirectoryLock::acquire(dir.path());
        if (::fork() == 0) static_cast<void>(::poll(nullptr, 0, 100));
        ::_exit(held ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(holder, &status, 0), holder);
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(DirectoryLock::acquire(dir.path()));
}

TEST(DirectoryLockTest, DoesNotRepeatWhatIsNoPid) {
    const test::TempDir dir;
    const Result<DirectoryLock> first = DirectoryLock::acquire(dir.path());
    ASSERT_TRUE(first);
    test::write_file(dir / "lock", "\x1b[2Jowned\n");
    const Result<DirectoryLock> second = DirectoryLock::acquire(dir.path());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().message.find("owned"), std::string::npos);
}

TEST(DirectoryLockTest, NeedsItsDirectoryAndFollowsNoLink) {
    const test::TempDir dir;
    const Result<DirectoryLock> missing = DirectoryLock::acquire(dir / "missing");
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
    std::filesystem::create_symlink("elsewhere", dir / "lock");
    EXPECT_FALSE(DirectoryLock::acquire(dir.path()));
    EXPECT_FALSE(std::filesystem::exists(dir / "elsewhere"));
}

}  // namespace
}  // namespace potd::platform
