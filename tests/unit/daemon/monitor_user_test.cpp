#include "daemon/monitor/command_words.hpp"
#include "daemon/monitor/user_db.hpp"
#include "tests/support/temp_dir.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace potd::monitor {

namespace {

class UserDbTest : public ::testing::Test {
  protected:
    UserError resolve(const std::string& user, bool with_files = true) {
        UserFiles files;
        if (with_files) {
            test::write_file(directory_ / "passwd", passwd_);
            test::write_file(directory_ / "group", group_);
            files.passwd = ::open((directory_ / "passwd").c_str(), O_RDONLY | O_CLOEXEC);
            files.group = ::open((directory_ / "group").c_str(), O_RDONLY | O_CLOEXEC);
        }
        const UserError error = resolve_user(user, files, who_);
        ::close(files.passwd);
        ::close(files.group);
        return error;
    }

    test::TempDir directory_;
    std::string passwd_ = "# comment\nroot:x:0:0::/root:/bin/sh\nbroken:x:abc:1\n" + std::string(9000, 'l') +
                          ":x:5:5::/long:/bin/sh\nweb:x:33:34:Web:/srv:/bin/sh\nlast:x:40:41::/last:";
    std::string group_ =
        "root:x:0:\nweb:x:34:\nextra:x:100:web,other\nmore:x:101:other,web\nnot:x:102:webber\n";
    Credentials who_;
};

TEST_F(UserDbTest, ANameBringsItsGroups) {
    ASSERT_EQ(resolve("web"), UserError::None);
    EXPECT_EQ(who_.uid, 33U);
    EXPECT_EQ(who_.gid, 34U);
    ASSERT_EQ(who_.group_count, 2U);
    EXPECT_EQ(who_.groups[0], 100U);
    EXPECT_EQ(who_.groups[1], 101U);
    EXPECT_EQ(who_.home.view(), "/srv");
}

TEST_F(UserDbTest, ANumberNeedsNoEntry) {
    ASSERT_EQ(resolve("4711"), UserError::None);
    EXPECT_EQ(who_.uid, 4711U);
    EXPECT_EQ(who_.gid, 0U);
    EXPECT_TRUE(who_.home.empty());
}

TEST_F(UserDbTest, AKnownNumberTakesItsEntry) {
    ASSERT_EQ(resolve("33"), UserError::None);
    EXPECT_EQ(who_.gid, 34U);
    EXPECT_EQ(who_.group_count, 0U);
}

TEST_F(UserDbTest, AGroupReplacesTheOthers) {
    ASSERT_EQ(resolve("web:extra"), UserError::None);
    EXPECT_EQ(who_.gid, 100U);
    EXPECT_EQ(who_.group_count, 0U);
    ASSERT_EQ(resolve("12:13"), UserError::None);
    EXPECT_EQ(who_.gid, 13U);
}

TEST_F(UserDbTest, TheUnknownIsToldApart) {
    EXPECT_EQ(resolve("nobody"), UserError::NoSuchUser);
    EXPECT_EQ(resolve("web:nothing"), UserError::NoSuchGroup);
    EXPECT_EQ(resolve("broken"), UserError::NoSuchUser);
    EXPECT_EQ(resolve("-1"), UserError::NoSuchUser);
    EXPECT_EQ(resolve("99999999999"), UserError::NoSuchUser);
}

TEST_F(UserDbTest, AllOnesAreNoNumberOfAnybody) {
    passwd_ = "trick:x:4294967295:4294967295::/:/bin/sh\n" + passwd_;
    group_ = "trick:x:4294967295:web\n" + group_;
    EXPECT_EQ(resolve("4294967295"), UserError::NoSuchUser);
    EXPECT_EQ(resolve("1000:4294967295"), UserError::NoSuchGroup);
    EXPECT_EQ(resolve("trick"), UserError::NoSuchUser);
    EXPECT_EQ(resolve("web:trick"), UserError::NoSuchGroup);
    ASSERT_EQ(resolve("web"), UserError::None);
    EXPECT_EQ(who_.group_count, 2U);
    EXPECT_EQ(resolve("4294967294:4294967294"), UserError::None);
}

TEST_F(UserDbTest, ALastLineWithoutNewlineCounts) {
    EXPECT_EQ(resolve("last"), UserError::None);
}

TEST_F(UserDbTest, EmptyIsRootEvenWithoutFiles) {
    ASSERT_EQ(resolve("", false), UserError::None);
    EXPECT_EQ(who_.uid, 0U);
    EXPECT_EQ(resolve("web", false), UserError::NoSuchUser);
}

std::vector<std::string> candidates(std::string_view command, std::string_view path) {
    std::vector<std::string> all;
    bool first = true;
    FixedText<4096> candidate;
    while (next_candidate(command, path, first, candidate)) all.emplace_back(candidate.view());
    return all;
}

TEST(PathSearchTest, GoesAlongThePath) {
    EXPECT_EQ(candidates("sh", "/usr/bin:/bin"), (std::vector<std::string>{"/usr/bin/sh", "/bin/sh"}));
    EXPECT_EQ(candidates("sh", ":/bin"), (std::vector<std::string>{"./sh", "/bin/sh"}));
    EXPECT_EQ(candidates("sh", ""), (std::vector<std::string>{"./sh"}));
}

TEST(PathSearchTest, ASlashIsThePlaceItself) {
    EXPECT_EQ(candidates("./a", "/bin"), (std::vector<std::string>{"./a"}));
    EXPECT_TRUE(candidates("", "/bin").empty());
}

TEST(StringsTest, TheFirstAssignmentWins) {
    std::array<const char*, 4> room{};
    Strings env(room);
    EXPECT_TRUE(env.add_variable("A=1"));
    EXPECT_TRUE(env.add_variable("A=2"));
    EXPECT_TRUE(env.add_variable("AB=3"));
    EXPECT_EQ(env.value_of("A"), "1");
    EXPECT_EQ(env.value_of("AB"), "3");
    EXPECT_EQ(env.value_of("B").data(), nullptr);
    EXPECT_TRUE(env.add_variable("C=4"));
    EXPECT_FALSE(env.add_variable("D=5"));
}

}  // namespace

}  // namespace potd::monitor
