#include "daemon/platform/linux/base_mirror.hpp"

#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using test::TempDir;
using test::write_file;

TEST(BaseMirrorTest, ReadsOneLineSources) {
    constexpr const char* list =
        "# deb http://commented.example/debian bookworm main\n"
        "deb-src http://source.example/debian bookworm main\n"
        "deb http://other.example/debian bookworm-updates main\n"
        "deb http://nonfree.example/debian bookworm non-free\n"
        "deb [arch=amd64 signed-by=/k.gpg] https://right.example/debian bookworm contrib main # note\n";
    EXPECT_EQ(mirror_in_list(list, "bookworm"), "https://right.example/debian");
    EXPECT_EQ(mirror_in_list(list, "trixie"), "");
}

TEST(BaseMirrorTest, ReadsDeb822Sources) {
    constexpr const char* sources =
        "Types: deb-src\nURIs: http://source.example/debian\nSuites: bookworm\nComponents: main\n\n"
        "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\n\n"
        "# a comment\nTypes: deb deb-src\nURIs: cdrom:[x]/\n  http://right.example/debian\n"
        "Suites: bookworm bookworm-updates\nComponents: main\n";
    EXPECT_EQ(mirror_in_deb822(sources, "bookworm"), "http://right.example/debian");
    EXPECT_EQ(mirror_in_deb822(sources, "bookworm-updates"), "http://right.example/debian");
    EXPECT_EQ(mirror_in_deb822(sources, "book"), "");
}

TEST(BaseMirrorTest, LooksThroughAllFilesInOrder) {
    const TempDir dir;
    write_file(dir / "sources.list.d/b.list", "deb http://b.example/debian bookworm main\n");
    write_file(dir / "sources.list.d/a.sources",
               "Types: deb\nURIs: http://a.example/debian\nSuites: bookworm\nComponents: main\n");
    write_file(dir / "sources.list.d/0.bak", "deb http://backup.example/debian bookworm main\n");
    EXPECT_EQ(machine_mirror(dir.path().string(), "bookworm"), "http://a.example/debian");
    write_file(dir / "sources.list", "deb http://first.example/debian bookworm main\n");
    EXPECT_EQ(machine_mirror(dir.path().string(), "bookworm"), "http://first.example/debian");
    EXPECT_EQ(machine_mirror((dir / "missing").string(), "bookworm"), "");
}

TEST(BaseMirrorTest, KnowsAddresses) {
    for (const char* good : {"http://a/debian", "https://a", "file:/srv/debian", "copy:/srv"}) {
        EXPECT_TRUE(is_mirror(good)) << good;
    }
    for (const char* bad :
         {"", "--keyring=x", "/srv/debian", "http://", "ftp ://a", "http://a b", "http://a\n"}) {
        EXPECT_FALSE(is_mirror(bad)) << bad;
    }
}

}  // namespace
}  // namespace potd::platform
