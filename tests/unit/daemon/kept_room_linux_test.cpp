#include "daemon/platform/posix/kept_room.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace potd::platform {
namespace {

TEST(KeptRoomTest, IsTheFilesAndDoesNotMakeItLonger) {
    const test::TempDir temp;
    test::write_file(temp / "log", "text");
    constexpr std::int64_t room = 1 << 20;
    const core::Status kept = keep_room(temp / "log", room);
    if (!kept && kept.error().kind == core::ErrorKind::Unsupported) GTEST_SKIP() << kept.error().message;
    ASSERT_TRUE(kept.ok());
    struct stat about {};
    ASSERT_EQ(::stat((temp / "log").c_str(), &about), 0);
    EXPECT_EQ(about.st_size, 4);
    EXPECT_GE(about.st_blocks * 512, room);
}

TEST(KeptRoomTest, IsNoneForWhatIsNotThere) {
    const test::TempDir temp;
    EXPECT_EQ(keep_room(temp / "log", 4096).error().kind, core::ErrorKind::NotFound);
}

}  // namespace
}  // namespace potd::platform
