// Datasets in the system's table of mounts. Named memory file systems stand for them where there is no ZFS.

#include "daemon/platform/posix/mounted_datasets.hpp"

#include "tests/support/own_mounts.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;

TEST(MountedDatasetsTest, FindsOneByItsName) {
    if (::geteuid() != 0 || !test::have_own_mounts()) GTEST_SKIP() << "mounting needs root";
    const test::TempDir dir;
    const fs::path place = dir / "a place";
    fs::create_directory(place);
    ASSERT_EQ(::mount("tank/some data", place.c_str(), "tmpfs", 0, nullptr), 0);
    const MountedDatasets datasets("tmpfs");
    const auto found = datasets.mountpoint("tank/some data");
    EXPECT_EQ(::umount2(place.c_str(), 0), 0);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(*found, place.string());
    EXPECT_EQ(datasets.mountpoint("tank/some data").error().kind, core::ErrorKind::NotFound) << "it is gone";
    EXPECT_EQ(datasets.mountpoint("tank").error().kind, core::ErrorKind::NotFound);
}

TEST(MountedDatasetsTest, SaysThatTheMachineHasNone) {
    const auto refused = MountedDatasets("no-such-file-system").mountpoint("tank/data");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, core::ErrorKind::Unsupported);
    EXPECT_EQ(refused.error().message, "this machine has no ZFS");
}

}  // namespace
}  // namespace potd::platform
