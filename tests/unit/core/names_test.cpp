#include "core/model/names.hpp"

#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

TEST(NameTest, AcceptsTheContractsNames) {
    for (const std::string& good : {std::string("a"), std::string("web-1"), std::string("A.b_c-d"),
                                    std::string("1a"), std::string("_x"), std::string(63, 'x')}) {
        EXPECT_TRUE(check_name(good)) << good;
    }
}

TEST(NameTest, RefusesEverythingElse) {
    for (const std::string& bad :
         {std::string(), std::string(".a"), std::string("-a"), std::string("a b"), std::string("a/b"),
          std::string("12"), std::string(64, 'x'), std::string("\xff"), std::string("a\0b", 3),
          std::string("ä"), std::string("..")}) {
        const Status status = check_name(bad, "pot");
        ASSERT_FALSE(status) << bad;
        EXPECT_EQ(status.error().field, "pot");
        EXPECT_TRUE(is_text(status.error().message));
    }
}

TEST(NameTest, SaysWhyItShowsNone) {
    EXPECT_NE(check_name(std::string("a\0b", 3)).error().message.find("'(with a NUL)'"), std::string::npos);
    EXPECT_NE(check_name("a\xff").error().message.find("'(not UTF-8)'"), std::string::npos);
    EXPECT_NE(check_env_name(std::string("A\0", 2), "env").error().message.find("NUL"), std::string::npos);
}

TEST(EnvNameTest, FollowsShellIdentifiers) {
    EXPECT_TRUE(check_env_name("PATH_2", "env"));
    for (const char* bad : {"", "2A", "A-B", "A=B", "A B"}) EXPECT_FALSE(check_env_name(bad, "env")) << bad;
}

TEST(TextTest, TellsUtf8FromBytes) {
    EXPECT_TRUE(is_text("plain"));
    EXPECT_TRUE(is_text("grün €  😀"));
    EXPECT_FALSE(is_text(std::string_view("a\0b", 3)));
    for (const char* bad :
         {"\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x82", "\x80", "\xf0\x80\x80\x80"}) {
        EXPECT_FALSE(is_text(bad));
    }
}

}  // namespace
}  // namespace potd::core
