#include "daemon/platform/freebsd/pure/jail_name.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

TEST(JailNameTest, NamesARunAndFindsItAgain) {
    const core::RunKey key{{"0123456789ab"}, 7};
    EXPECT_EQ(jail_name("default", key), "potd_default_0123456789ab_7");
    EXPECT_EQ(run_of_jail("default", "potd_default_0123456789ab_7"), key);
}

TEST(JailNameTest, HasNoDot) {
    const core::RunKey key{{"0123456789ab"}, 1};
    const std::string name = jail_name("my.own", key);
    EXPECT_EQ(name.find('.'), std::string::npos);
    EXPECT_EQ(run_of_jail("my.own", name), key);
}

TEST(JailNameTest, LeavesOtherJailsAlone) {
    for (const char* other :
         {"", "www", "potd", "potd_default", "potd_default_0123456789ab", "potd_default_0123456789ab_",
          "potd_default_0123456789ab_0", "potd_default_0123456789ab_07", "potd_default_0123456789ab_7x",
          "potd_default_0123456789AB_7", "potd_default_x_0123456789ab_7", "potd_other_0123456789ab_7"}) {
        EXPECT_FALSE(run_of_jail("default", other)) << other;
    }
}

}  // namespace
}  // namespace potd::platform
