#include "daemon/platform/linux/capability.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>

namespace potd::platform {
namespace {

CapabilityMask bit(int capability) {
    return CapabilityMask{1} << static_cast<unsigned>(capability);
}

TEST(CapabilityTest, TheDefaultSetIsFourteen) {
    EXPECT_EQ(__builtin_popcountll(default_capabilities()), 14);
    EXPECT_EQ(default_capabilities() & bit(CAP_SYS_ADMIN), 0U);
    EXPECT_NE(default_capabilities() & bit(CAP_NET_BIND_SERVICE), 0U);
}

TEST(CapabilityTest, AddsAndDrops) {
    const auto set = capability_set({"NET_ADMIN"}, {"MKNOD"});
    ASSERT_TRUE(set.ok());
    EXPECT_EQ(set.value(), (default_capabilities() | bit(CAP_NET_ADMIN)) & ~bit(CAP_MKNOD));
}

TEST(CapabilityTest, AllIsEverythingOrNothing) {
    EXPECT_EQ(capability_set({}, {"ALL"}).value(), 0U);
    EXPECT_EQ(capability_set({"CHOWN"}, {"ALL"}).value(), bit(CAP_CHOWN));
    EXPECT_EQ(__builtin_popcountll(capability_set({"ALL"}, {}).value()), CAP_LAST_CAP + 1);
}

TEST(CapabilityTest, AnUnknownOneIsRefusedByItsPlace) {
    const auto set = capability_set({"CHOWN", "CAP_FLY"}, {});
    ASSERT_FALSE(set.ok());
    EXPECT_EQ(set.error().kind, core::ErrorKind::InvalidArgument);
    EXPECT_EQ(set.error().field, "security.capabilities.add[1]");
}

}  // namespace
}  // namespace potd::platform
