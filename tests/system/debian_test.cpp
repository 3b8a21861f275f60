// The first session of the manual with a Debian suite. Downloads it: minutes, so apart.
#include "tests/support/host_probe.hpp"
#include "tests/system/fixture.hpp"

namespace potd::test {
namespace {

class DebianTest : public SystemTest {};

TEST_F(DebianTest, ASuiteIsInstalledRunAndRemoved) {
    if (const std::string reason = lacks_debootstrap(); !reason.empty()) GTEST_SKIP() << reason;
    const std::string pot = fresh_name();
    const Outcome outcome =
        shell("potctl create-base -r bookworm && potctl create -p " + pot +
              " -b bookworm -t single && potctl start " + pot + " && potctl exec -p " + pot +
              " -- cat /etc/debian_version && potctl stop " + pot + " && potctl destroy -p " + pot);
    EXPECT_EQ(outcome.status, 0) << outcome.describe();
    EXPECT_THAT(outcome.out, ::testing::HasSubstr("12."));
    EXPECT_EQ(shell("potctl destroy -b bookworm").status, 0);
}

}  // namespace
}  // namespace potd::test
