#include "daemon/platform/linux/run_names.hpp"

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

namespace potd::platform {
namespace {

using Kind = core::NameFile::Kind;

class RunNamesTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(names_.prepare().ok()); }

    std::string path(const std::string& name) const { return (temp_.path() / name).string(); }
    static std::string text(const std::string& file) {
        const auto read = platform::read_file(file);
        return read ? *read : "none";
    }

    test::TempDir temp_;
    RunNames names_{path("names"), {path("hosts"), path("resolv"), path("upstream")}};
};

TEST_F(RunNamesTest, OnlyWhatIsTheRunsOwnIsMade) {
    ASSERT_TRUE(write_file_atomic(path("resolv"), "nameserver 192.0.2.1\n").ok());
    const auto made = names_.make("a.1", {{Kind::Text, "x\n"}, {Kind::Host, ""}});
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(text(made->hosts), "x\n");
    EXPECT_EQ(made->resolver, path("resolv"));
    struct stat about {};
    ASSERT_EQ(::stat(made->hosts.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 07777U, 0644U) << "programs of any user read it";
    const auto none = names_.make("a.2", {});
    ASSERT_TRUE(none.ok());
    EXPECT_EQ(none->hosts + none->resolver, "");
}

TEST_F(RunNamesTest, AHostWithoutAResolverLeavesThePots) {
    const auto made = names_.make("a.1", {{}, {Kind::Copy, ""}});
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(made->resolver, "");
}

TEST_F(RunNamesTest, WhoHasTheFileOpenSeesTheNewContent) {
    const auto made = names_.make("a.1", {{Kind::Text, "a long first content\n"}, {}});
    ASSERT_TRUE(made.ok());
    const UniqueFd open(::open(made->hosts.c_str(), O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(names_.put("a.1", {{Kind::Text, "short\n"}, {Kind::Text, "nobody sees it\n"}}).ok());
    char seen[64];
    ASSERT_EQ(::read(open.get(), seen, sizeof seen), 6);
    EXPECT_EQ(std::string(seen, 6), "short\n");
    EXPECT_EQ(text(path("names/a.1.resolv")), "none");
    ASSERT_TRUE(names_.put("a.1", {}).ok());
    EXPECT_EQ(text(made->hosts), "short\n") << "Own leaves it";
}

TEST_F(RunNamesTest, WhatAKilledPotdLeftIsMadeAnew) {
    ASSERT_TRUE(names_.make("a.1", {{Kind::Text, "a long first content\n"}, {}}).ok());
    const auto made = names_.make("a.1", {{Kind::Text, "x\n"}, {}});
    ASSERT_TRUE(made.ok());
    EXPECT_EQ(text(made->hosts), "x\n");
}

TEST_F(RunNamesTest, ALinkIsNotFollowed) {
    ASSERT_TRUE(write_file_atomic(path("victim"), "mine").ok());
    ASSERT_EQ(::symlink(path("victim").c_str(), path("names/a.1.hosts").c_str()), 0);
    EXPECT_FALSE(names_.make("a.1", {{Kind::Text, "x\n"}, {}}).ok());
    EXPECT_FALSE(names_.put("a.1", {{Kind::Text, "x\n"}, {}}).ok());
    EXPECT_EQ(text(path("victim")), "mine");
}

TEST_F(RunNamesTest, ASweepLeavesThoseOfTheLiving) {
    const core::NameFiles both{{Kind::Text, "x\n"}, {Kind::Text, "y\n"}};
    for (const char* run : {"a.1", "a.11", "b.1"}) ASSERT_TRUE(names_.make(run, both).ok());
    ASSERT_TRUE(names_.sweep({"a.1"}).ok());
    EXPECT_EQ(text(path("names/a.1.hosts")), "x\n");
    EXPECT_EQ(text(path("names/a.1.resolv")), "y\n");
    EXPECT_EQ(text(path("names/a.11.hosts")), "none");
    EXPECT_EQ(text(path("names/b.1.resolv")), "none");
    ASSERT_TRUE(names_.remove("a.1").ok());
    EXPECT_EQ(text(path("names/a.1.hosts")), "none");
    EXPECT_TRUE(names_.remove("a.1").ok()) << "twice";
}

}  // namespace
}  // namespace potd::platform
