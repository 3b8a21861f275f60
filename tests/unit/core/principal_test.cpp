#include "core/model/principal.hpp"

#include <gtest/gtest.h>

namespace potd::core {
namespace {

TEST(PrincipalTest, ReadsRolesAndLabels) {
    const auto plain = grant_from("operator", "g");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->role, Role::Operator);
    EXPECT_TRUE(plain->scope.empty());
    const auto scoped = grant_from("developer team=web,stage", "g");
    ASSERT_TRUE(scoped);
    EXPECT_EQ(scoped->role, Role::Developer);
    EXPECT_EQ(to_string(scoped->scope), "team=web,stage");
    EXPECT_TRUE(scoped->scope.matches({{"team", "web"}, {"stage", "x"}}));
    EXPECT_FALSE(scoped->scope.matches({{"team", "web"}}));
    EXPECT_FALSE(scoped->scope.matches({{"team", "db"}, {"stage", ""}}));
}

TEST(PrincipalTest, RefusesWhatIsNoGrant) {
    for (const char* bad : {"", "root", "Admin", " admin", "admin ", "viewer =x", "viewer a,,b",
                            "viewer a=1 b=2", "viewer a,", "viewer \xff"}) {
        const auto grant = grant_from(bad, "access.users.x");
        ASSERT_FALSE(grant) << bad;
        EXPECT_EQ(grant.error().field, "access.users.x");
    }
    EXPECT_FALSE(label_selector_from("a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "selector"));
    EXPECT_FALSE(label_selector_from(std::string(1025, 'k'), "selector"));
}

TEST(PrincipalTest, RolesAreInOrder) {
    EXPECT_LT(Role::Viewer, Role::Operator);
    EXPECT_LT(Role::Operator, Role::Developer);
    EXPECT_LT(Role::Developer, Role::Admin);
    for (const Role role : {Role::Viewer, Role::Operator, Role::Developer, Role::Admin})
        EXPECT_EQ(role_from(to_string(role)), role);
}

}  // namespace
}  // namespace potd::core
