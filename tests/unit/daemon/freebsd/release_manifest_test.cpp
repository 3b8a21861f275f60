#include "daemon/platform/freebsd/pure/release_manifest.hpp"

#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

const std::string sum(64, 'a');

TEST(ReleaseManifestTest, KeepsTheSumOfEachFile) {
    const auto sums =
        parse_manifest("base.txz\t" + sum + "\t30000\tbase\t\"Base system (MANDATORY)\"\ton\n" +
                       "kernel.txz\t" + std::string(64, '0') + "\t900\tkernel\t\"Kernel\"\ton\n");
    ASSERT_TRUE(sums);
    EXPECT_EQ(sums->size(), 2U);
    EXPECT_EQ(sums->at("base.txz"), sum);
}

TEST(ReleaseManifestTest, RefusesWhatIsNoManifest) {
    EXPECT_FALSE(parse_manifest("<html>404</html>\n"));
    EXPECT_FALSE(parse_manifest("base.txz\t" + std::string(63, 'a') + "\t1\tbase\n"));
    EXPECT_FALSE(parse_manifest("base.txz\t" + std::string(64, 'G') + "\t1\tbase\n"));
    EXPECT_FALSE(parse_manifest("../base.txz\t" + sum + "\t1\tbase\n"));
    EXPECT_FALSE(parse_manifest("base.txz\t" + sum + "\t1\tbase\nbase.txz\t" + sum + "\t1\tbase\n"));
}

TEST(ReleaseManifestTest, CompletesTheNameOfARelease) {
    EXPECT_EQ(full_release("14.1"), "14.1-RELEASE");
    EXPECT_EQ(full_release("13.2-RELEASE"), "13.2-RELEASE");
    EXPECT_EQ(full_release("15.0-BETA2"), "15.0-BETA2");
    EXPECT_EQ(full_release("15.0-CURRENT"), "15.0-CURRENT");
    for (const char* wrong : {"", "14", "14.", ".1", "14.1-", "14.1-RC", "14.1-RELEASE-p3", "14.1/..",
                              "bookworm", "14.1 ", "-1.2", "99999.1"}) {
        EXPECT_FALSE(full_release(wrong)) << wrong;
    }
}

TEST(ReleaseManifestTest, NumbersReleasesInTheirOrder) {
    EXPECT_EQ(release_number("13.2-RELEASE-p4"), 1302);
    EXPECT_EQ(release_number("14.1-STABLE"), 1401);
    EXPECT_FALSE(release_number("Linux"));
    EXPECT_FALSE(release_number("13.100"));
}

TEST(ReleaseManifestTest, FindsTheFolderOfARelease) {
    EXPECT_EQ(release_folder("https://mirror.example/releases/", "amd64", "14.1-RELEASE"),
              "https://mirror.example/releases/amd64/14.1-RELEASE");
    EXPECT_EQ(release_folder("file:///var/dist", "amd64", "14.1-RELEASE"), "file:///var/dist");
}

TEST(ReleaseManifestTest, KnowsAddresses) {
    EXPECT_TRUE(is_release_mirror("https://mirror.example/releases"));
    EXPECT_TRUE(is_release_mirror("file:///var/dist"));
    for (const char* wrong :
         {"", "https://", "file://", "/var/dist", "gopher://x", "https://a b", "https://a\nb"}) {
        EXPECT_FALSE(is_release_mirror(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace potd::platform
