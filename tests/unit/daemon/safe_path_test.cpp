#include "daemon/platform/posix/safe_path.hpp"

#include "tests/support/temp_dir.hpp"

#include <cerrno>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using test::TempDir;
using test::write_file;

/// <dir>/root is the root, <dir>/outside what must stay out of reach.
class SafePathTest : public testing::TestWithParam<PathResolver> {
  protected:
    SafePathTest() {
        write_file(dir_ / "outside/secret", "secret");
        write_file(dir_ / "root/etc/passwd", "inside");
        write_file(dir_ / "root/usr/bin/tool", "tool");
        fs::create_symlink("usr/bin", dir_ / "root/bin");
        root_ = open_directory((dir_ / "root").string()).value();
    }

    PathOpen how(int flags, Escape escape = Escape::Clamp) const {
        PathOpen result;
        result.flags = flags;
        result.escape = escape;
        result.resolver = GetParam();
        return result;
    }
    core::Result<UniqueFd> open(std::string_view path, Escape escape = Escape::Clamp,
                                int flags = O_RDONLY) const {
        return open_in_root(root_.get(), path, how(flags, escape));
    }
    std::string content(std::string_view path) const {
        auto file = open(path);
        if (!file) return "error: " + file.error().message;
        std::string text(64, '\0');
        const ssize_t got = ::read(file->get(), text.data(), text.size());
        text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return text;
    }
    void link(const std::string& target, const std::string& name) const {
        fs::create_symlink(target, dir_ / "root" / name);
    }

    TempDir dir_;
    UniqueFd root_;
};

INSTANTIATE_TEST_SUITE_P(Both, SafePathTest, testing::Values(PathResolver::KernelIfAble, PathResolver::Walk),
                         [](const auto& about) {
                             return about.param == PathResolver::Walk ? "Walk" : "Kernel";
                         });

TEST_P(SafePathTest, OpensWhatLiesInside) {
    EXPECT_EQ(content("etc/passwd"), "inside");
    EXPECT_EQ(content("/etc/./passwd"), "inside");
    EXPECT_EQ(content("bin/tool"), "tool");
    EXPECT_EQ(content("usr/bin/../bin/tool"), "tool");
}

TEST_P(SafePathTest, TakesAbsoluteLinksAndDotDotAsWithinTheRoot) {
    link("/etc", "absolute");
    link("../../../etc", "climbing");
    EXPECT_EQ(content("absolute/passwd"), "inside");
    EXPECT_EQ(content("climbing/passwd"), "inside");
    EXPECT_EQ(content("../../etc/passwd"), "inside");
}

TEST_P(SafePathTest, NeverReachesAnOutsideFile) {
    link((dir_ / "outside").string(), "planted");
    link("../outside", "near");
    EXPECT_EQ(open("planted/secret").error().os_error, ENOENT);
    EXPECT_EQ(open("near/secret").error().os_error, ENOENT);
    EXPECT_EQ(open("../outside/secret").error().os_error, ENOENT);
}

TEST_P(SafePathTest, RefusesWhatLeadsOutIfAsked) {
    link("/etc", "absolute");
    link("../root/etc", "climbing");
    for (const char* path : {"absolute/passwd", "climbing/passwd", "../root/etc/passwd"}) {
        const auto opened = open(path, Escape::Refuse);
        ASSERT_FALSE(opened) << path;
        EXPECT_EQ(opened.error().kind, core::ErrorKind::PermissionDenied) << path;
        EXPECT_EQ(opened.error().os_error, EXDEV) << path;
    }
    EXPECT_TRUE(open("bin/tool", Escape::Refuse)) << "a link that stays inside is fine";
    EXPECT_TRUE(open("/etc/../etc/passwd", Escape::Refuse));
}

TEST_P(SafePathTest, DoesNotFollowALastLinkWhenToldSo) {
    link("etc/passwd", "last");
    EXPECT_TRUE(open("last"));
    EXPECT_EQ(open("last", Escape::Clamp, O_RDONLY | O_NOFOLLOW).error().os_error, ELOOP);
}

TEST_P(SafePathTest, EndsInALoopOfLinks) {
    link("b", "a");
    link("a", "b");
    EXPECT_EQ(open("a/x").error().os_error, ELOOP);
    EXPECT_EQ(open("a").error().os_error, ELOOP);
}

TEST_P(SafePathTest, CreatesThroughALinkOnlyInside) {
    link("/created", "link");
    PathOpen creating = how(O_WRONLY | O_CREAT);
    creating.mode = 0600;
    EXPECT_TRUE(open_in_root(root_.get(), "link", creating));
    EXPECT_TRUE(fs::exists(dir_ / "root/created"));
}

TEST_P(SafePathTest, SaysWhatIsNoPathOrNoDirectory) {
    EXPECT_EQ(open("").error().os_error, ENOENT);
    EXPECT_FALSE(open(std::string_view("etc\0/passwd", 11)));
    EXPECT_EQ(open("etc/passwd/x").error().os_error, ENOTDIR);
    EXPECT_EQ(open("etc/passwd/").error().os_error, ENOTDIR);
    EXPECT_TRUE(open("/"));
    EXPECT_TRUE(open(".."));
}

TEST_P(SafePathTest, MakesDirectoriesWithExactlyTheMode) {
    const mode_t before = ::umask(077);
    auto made = make_directories_in_root(root_.get(), "/var/lib/x", 0751, how(0));
    ::umask(before);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(fs::status(dir_ / "root/var").permissions(), fs::perms(0751));
    EXPECT_EQ(fs::status(dir_ / "root/var/lib/x").permissions(), fs::perms(0751));
    EXPECT_TRUE(make_directories_in_root(root_.get(), "var/lib/x", 0700, how(0))) << "again";
    EXPECT_EQ(fs::status(dir_ / "root/var/lib/x").permissions(), fs::perms(0751));
}

TEST_P(SafePathTest, MakesNoDirectoryOutside) {
    link((dir_ / "outside").string(), "planted");
    link("/var", "other");
    EXPECT_FALSE(make_directories_in_root(root_.get(), "planted/new", 0755, how(0)));
    EXPECT_FALSE(make_directories_in_root(root_.get(), "planted/new", 0755, how(0, Escape::Refuse)));
    EXPECT_FALSE(fs::exists(dir_ / "outside/new"));
}

TEST(SplitPathTest, DropsEmptyAndDotComponents) {
    EXPECT_EQ(split_path("//a/./b/"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(split_path("../a"), (std::vector<std::string>{"..", "a"}));
    EXPECT_TRUE(split_path("/").empty());
}

}  // namespace
}  // namespace potd::platform
