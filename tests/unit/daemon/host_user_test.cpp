#include "daemon/platform/posix/host_user.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

TEST(HostUserTest, NobodyNamedIsRoot) {
    const auto user = find_host_user("");
    ASSERT_TRUE(user.ok());
    EXPECT_EQ(user.value(), (HostUser{0, 0, {0}}));
}

TEST(HostUserTest, FindsRootByNameAndNumber) {
    const auto by_name = find_host_user("root"), by_number = find_host_user("0");
    ASSERT_TRUE(by_name.ok() && by_number.ok());
    EXPECT_EQ(by_name->uid, 0U);
    EXPECT_EQ(by_name->gid, 0U);
    EXPECT_EQ(by_name.value(), by_number.value());
}

TEST(HostUserTest, TheSupplementaryGroupsHoldTheGroup) {
    const auto user = find_host_user("root:7");
    ASSERT_TRUE(user.ok());
    EXPECT_EQ(user->gid, 7U);
    EXPECT_NE(std::find(user->groups.begin(), user->groups.end(), 7U), user->groups.end());
}

TEST(HostUserTest, APairOfNumbersNeedsNoEntry) {
    const auto user = find_host_user("3999999901:3999999902");
    ASSERT_TRUE(user.ok()) << user.error().message;
    EXPECT_EQ(user.value(), (HostUser{3'999'999'901, 3'999'999'902, {3'999'999'902}}));
}

TEST(HostUserTest, NamesWhatIsUnknown) {
    for (const auto& [text, problem] :
         {std::pair{"no-such-user", "user no-such-user: the host knows no such user"},
          {"3999999901", "user 3999999901: the host knows no such user"},
          {"3999999901:root", "user 3999999901: the host knows no such user"},
          {"root:no-such-group", "group no-such-group: the host knows no such group"},
          {"root:", "group : the host knows no such group"},
          {":root", "user : the host knows no such user"},
          {"4294967295:0", "user 4294967295: the host knows no such user"}}) {
        const auto user = find_host_user(text);
        ASSERT_FALSE(user.ok()) << text;
        EXPECT_EQ(user.error().message, problem);
        EXPECT_EQ(user.error().kind, core::ErrorKind::NotFound);
    }
}

}  // namespace
}  // namespace potd::platform
