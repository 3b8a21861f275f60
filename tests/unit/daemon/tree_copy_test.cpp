#include "daemon/platform/posix/tree_copy.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "tests/support/temp_dir.hpp"

#include <array>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using test::read_file;
using test::TempDir;
using test::write_file;

class TreeCopyTest : public testing::Test {
  protected:
    TreeCopyTest() {
        fs::create_directories(dir_ / "from");
        fs::create_directories(dir_ / "to");
    }
    core::Status copy(const TreeCopyOptions& options = {}) const {
        const UniqueFd from = open_directory((dir_ / "from").string()).value();
        const UniqueFd to = open_directory((dir_ / "to").string()).value();
        return copy_tree(from.get(), to.get(), options);
    }
    fs::path from(const std::string& name) const { return dir_ / "from" / name; }
    fs::path to(const std::string& name) const { return dir_ / "to" / name; }
    static struct stat about(const fs::path& path) {
        struct stat result {};
        EXPECT_EQ(::lstat(path.c_str(), &result), 0) << path;
        return result;
    }

    TempDir dir_;
};

TEST_F(TreeCopyTest, KeepsContentModesTimesAndLinks) {
    write_file(from("a/file"), "content");
    ASSERT_EQ(::chmod(from("a/file").c_str(), 04751), 0);
    ASSERT_EQ(::chmod(from("a").c_str(), 01777), 0);
    fs::create_symlink("/etc/passwd", from("link"));
    ASSERT_EQ(::mkfifo(from("fifo").c_str(), 0640), 0);
    const std::array<timespec, 2> times{timespec{1000, 5}, timespec{2000, 7}};
    ASSERT_EQ(::utimensat(AT_FDCWD, from("a").c_str(), times.data(), 0), 0);
    ASSERT_TRUE(copy());
    EXPECT_EQ(read_file(to("a/file")), "content");
    EXPECT_EQ(about(to("a/file")).st_mode, S_IFREG | 04751U);
    EXPECT_EQ(about(to("a")).st_mode, S_IFDIR | 01777U);
    EXPECT_EQ(about(to("a")).st_mtim.tv_sec, 2000);
    EXPECT_EQ(fs::read_symlink(to("link")), "/etc/passwd");
    EXPECT_TRUE(S_ISFIFO(about(to("fifo")).st_mode));
}

TEST_F(TreeCopyTest, KeepsHardLinksWithinTheCopyOnly) {
    write_file(from("one"), "x");
    fs::create_directory(from("d"));
    fs::create_hard_link(from("one"), from("d/two"));
    ASSERT_TRUE(copy());
    EXPECT_EQ(about(to("one")).st_ino, about(to("d/two")).st_ino);
    EXPECT_EQ(about(to("one")).st_nlink, 2U);
    EXPECT_NE(about(to("one")).st_ino, about(from("one")).st_ino);
}

TEST_F(TreeCopyTest, KeepsHoles) {
    const UniqueFd file(::open(from("sparse").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    ASSERT_EQ(::ftruncate(file.get(), 64 << 20), 0);
    ASSERT_EQ(::pwrite(file.get(), "end", 3, (64 << 20) - 3), 3);
    ASSERT_TRUE(copy());
    EXPECT_EQ(about(to("sparse")).st_size, 64 << 20);
    EXPECT_LT(about(to("sparse")).st_blocks * 512, 1 << 20);
    const UniqueFd copied(::open(to("sparse").c_str(), O_RDONLY | O_CLOEXEC));
    std::string end(3, '\0');
    EXPECT_EQ(::pread(copied.get(), end.data(), end.size(), (64 << 20) - 3), 3);
    EXPECT_EQ(end, "end");
}

TEST_F(TreeCopyTest, KeepsAttributesButNotMarksOfAnOverlay) {
    write_file(from("file"), "x");
    if (::setxattr(from("file").c_str(), "user.kept", "1", 1, 0) != 0)
        GTEST_SKIP() << "no user attributes here";
    ASSERT_EQ(::setxattr(from("file").c_str(), "user.overlay.redirect", "/x", 2, 0), 0);
    ASSERT_TRUE(copy());
    EXPECT_EQ(::getxattr(to("file").c_str(), "user.kept", nullptr, 0), 1);
    EXPECT_EQ(::getxattr(to("file").c_str(), "user.overlay.redirect", nullptr, 0), -1);
}

TEST_F(TreeCopyTest, KeepsOwnersAndFileCapabilities) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may give files away";
    write_file(from("file"), "x");
    // vfs_cap_data, revision 2: cap_net_bind_service permitted.
    const std::array<unsigned char, 20> capability{0x01, 0, 0, 0x02, 0, 0x04};
    ASSERT_EQ(::chown(from("file").c_str(), 1234, 2345), 0);
    ASSERT_EQ(::chmod(from("file").c_str(), 04755), 0);
    if (::setxattr(from("file").c_str(), "security.capability", capability.data(), capability.size(), 0) !=
        0) {
        GTEST_SKIP() << "no file capabilities here";
    }
    ASSERT_TRUE(copy());
    EXPECT_EQ(about(to("file")).st_uid, 1234U);
    EXPECT_EQ(about(to("file")).st_gid, 2345U);
    EXPECT_EQ(about(to("file")).st_mode & 07777, 04755U);
    EXPECT_EQ(::getxattr(to("file").c_str(), "security.capability", nullptr, 0), 20);
}

TEST_F(TreeCopyTest, RefusesDevicesButThoseAPotGetsAnew) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may make devices";
    fs::create_directories(from("dev/sub"));
    if (::mknod(from("dev/null").c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0)
        GTEST_SKIP() << "mknod is refused";
    ASSERT_TRUE(copy());
    EXPECT_FALSE(fs::exists(to("dev/null")));
    ASSERT_EQ(::mknod(from("dev/zz").c_str(), S_IFBLK | 0600, makedev(7, 200)), 0);
    fs::remove_all(to("dev"));
    const auto refused = copy();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Unsupported);
    EXPECT_NE(refused.error().message.find("dev/zz"), std::string::npos);
}

TEST_F(TreeCopyTest, LeavesOutWhatIsNotWanted) {
    write_file(from("secret/key"), "x");
    write_file(from("plain"), "x");
    TreeCopyOptions options;
    options.wanted = [](std::string_view path, const struct stat&) { return path != "secret"; };
    ASSERT_TRUE(copy(options));
    EXPECT_FALSE(fs::exists(to("secret")));
    EXPECT_TRUE(fs::exists(to("plain")));
}

TEST_F(TreeCopyTest, KeepsToItsLimit) {
    write_file(from("big"), std::string(1 << 20, 'x'));
    TreeCopyOptions options;
    options.max_bytes = 100'000;
    const auto refused = copy(options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, core::ErrorKind::TooLarge);
}

TEST_F(TreeCopyTest, EndsWhenStopped) {
    write_file(from("file"), "x");
    const std::atomic<bool> stop = true;
    TreeCopyOptions options;
    options.stop = &stop;
    EXPECT_EQ(copy(options).error().kind, core::ErrorKind::Cancelled);
}

TEST_F(TreeCopyTest, SaysWhichEntryCannotBeCopied) {
    write_file(from("d/file"), "x");
    write_file(to("d/file"), "in the way");
    const auto refused = copy();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().message.front(), 'd') << refused.error().message;
}

TEST_F(TreeCopyTest, MeasuresHardLinksOnce) {
    write_file(from("one"), std::string(1 << 20, 'x'));
    const UniqueFd root = open_directory((dir_ / "from").string()).value();
    const auto before = tree_size(root.get());
    fs::create_hard_link(from("one"), from("two"));
    const auto after = tree_size(root.get());
    ASSERT_TRUE(before && after);
    EXPECT_GE(before.value(), 1 << 20);
    EXPECT_EQ(before.value(), after.value());
}

}  // namespace
}  // namespace potd::platform
