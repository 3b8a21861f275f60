#include "daemon/monitor/linux/safe_open.hpp"
#include "tests/support/temp_dir.hpp"

#include <cerrno>
#include <filesystem>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::monitor {

namespace {

namespace fs = std::filesystem;

using Open = int (*)(int root, const char* path, std::uint64_t flags);

int by_kernel(int root, const char* path, std::uint64_t flags) {
    return open_in_root(root, path, flags);
}

/// Both ways to open must agree.
class SafeOpenTest : public ::testing::TestWithParam<Open> {
  protected:
    SafeOpenTest() {
        fs::create_directories(directory_ / "root/a/b");
        fs::create_directories(directory_ / "outside");
        test::write_file(directory_ / "outside/secret", "secret");
        test::write_file(directory_ / "root/a/b/file", "inside");
        fs::create_symlink("/a/b", directory_ / "root/absolute");
        fs::create_symlink("a/b/../b", directory_ / "root/relative");
        fs::create_symlink("../../../outside", directory_ / "root/a/out");
        fs::create_symlink(directory_ / "outside", directory_ / "root/a/out2");
        fs::create_symlink("loop", directory_ / "root/loop");
        fs::create_symlink("/nothing", directory_ / "root/dangling");
        root_ = ::open((directory_ / "root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    ~SafeOpenTest() override { ::close(root_); }

    /// Path of what was opened, below the directory; or the error.
    std::string open(const char* path, std::uint64_t flags = O_PATH) {
        const int fd = GetParam()(root_, path, flags);
        if (fd < 0) return "error " + std::to_string(-fd);
        const fs::path found = fs::read_symlink("/proc/self/fd/" + std::to_string(fd));
        ::close(fd);
        return fs::relative(found, fs::canonical(directory_.path())).string();
    }
    static std::string failed(int number) { return "error " + std::to_string(number); }

    test::TempDir directory_;
    int root_ = -1;
};

TEST_P(SafeOpenTest, FollowsLinksInside) {
    EXPECT_EQ(open("/a/b/file", O_RDONLY), "root/a/b/file");
    EXPECT_EQ(open("absolute/file"), "root/a/b/file");
    EXPECT_EQ(open("relative/file"), "root/a/b/file");
    EXPECT_EQ(open("/a/./b/../b", O_PATH | O_DIRECTORY), "root/a/b");
}

TEST_P(SafeOpenTest, NeverLeavesTheRoot) {
    EXPECT_EQ(open("/a/out/secret"), failed(ENOENT));
    EXPECT_EQ(open("/a/out2/secret"), failed(ENOENT));
    EXPECT_EQ(open("../../outside/secret"), failed(ENOENT));
    EXPECT_EQ(open("/../.."), "root");
    EXPECT_EQ(open("/"), "root");
}

TEST_P(SafeOpenTest, FailsAsTheKernelDoes) {
    EXPECT_EQ(open("loop"), failed(ELOOP));
    EXPECT_EQ(open("dangling"), failed(ENOENT));
    EXPECT_EQ(open("/a/b/file/more"), failed(ENOTDIR));
    EXPECT_EQ(open("/a/b/file", O_PATH | O_DIRECTORY), failed(ENOTDIR));
}

INSTANTIATE_TEST_SUITE_P(BothWays, SafeOpenTest, ::testing::Values(Open{by_kernel}, Open{walk_in_root}));

class MakeInRootTest : public SafeOpenTest {};

TEST_P(MakeInRootTest, MakesWhatIsMissingInside) {
    const int made = make_in_root(root_, "/absolute/new/deep", true);
    ASSERT_GE(made, 0);
    ::close(made);
    EXPECT_TRUE(fs::is_directory(directory_ / "root/a/b/new/deep"));
    const int file = make_in_root(root_, "/x/y", false);
    ASSERT_GE(file, 0);
    ::close(file);
    EXPECT_TRUE(fs::is_regular_file(directory_ / "root/x/y"));
}

TEST_P(MakeInRootTest, MakesNothingOutside) {
    const int made = make_in_root(root_, "/a/out/new", true);
    if (made >= 0) ::close(made);
    EXPECT_FALSE(fs::exists(directory_ / "outside/new"));
    EXPECT_EQ(make_in_root(root_, "/dangling/new", true), -EEXIST);
}

INSTANTIATE_TEST_SUITE_P(ByKernel, MakeInRootTest, ::testing::Values(Open{by_kernel}));

}  // namespace

}  // namespace potd::monitor
