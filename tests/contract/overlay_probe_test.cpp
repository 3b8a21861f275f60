#include "daemon/platform/linux/overlay_file_system.hpp"
#include "daemon/platform/posix/choose_file_system.hpp"
#include "tests/contract/machine.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace potd {
namespace {

namespace fs = std::filesystem;
using platform::FileSystemDriver;
using test::TempDir;
using test::write_file;

platform::FileSystemOptions options(const TempDir& dir, FileSystemDriver driver) {
    platform::FileSystemOptions options;
    options.state_dir = dir.path().string();
    options.driver = driver;
    return options;
}

TEST(ProbeOverlayTest, LeavesNothing) {
    const TempDir dir;
    static_cast<void>(platform::probe_overlay(dir.path().string()));
    EXPECT_TRUE(fs::is_empty(dir.path()));
}

TEST(ProbeOverlayTest, SaysThatAnOverlayCannotLieOnAnOverlay) {
    const TempDir dir;
    if (const auto able = platform::probe_overlay(dir.path().string()); !able)
        GTEST_SKIP() << able.error().message;
    for (const char* name : {"lower", "upper", "work", "merged"}) fs::create_directory(dir / name);
    core::RootFs root;
    root.kind = core::RootFs::Kind::Overlay;
    root.lower = {(dir / "lower").string()};
    root.upper = (dir / "upper").string();
    root.work = (dir / "work").string();
    EXPECT_TRUE(test::in_shown_root(root, dir / "merged", [](const fs::path& merged) {
        const auto refused = platform::probe_overlay(merged.string());
        return !refused && refused.error().kind == core::ErrorKind::Unsupported &&
               refused.error().message.find("overlay itself") != std::string::npos;
    }));
}

TEST(ChooseFileSystemTest, FallsBackToDirOnlyIfNotForced) {
    const TempDir dir;
    fakes::ManualExecutor executor;
    const auto chosen = platform::choose_file_system(executor, options(dir, FileSystemDriver::Automatic));
    const auto forced = platform::choose_file_system(executor, options(dir, FileSystemDriver::Overlay));
    ASSERT_TRUE(chosen);
    EXPECT_EQ(chosen->files->name(), forced.ok() ? "overlay" : "dir");
}

TEST(ChooseFileSystemTest, ProbesAgainAfterARebootOnly) {
    const TempDir dir;
    if (const auto able = platform::probe_overlay(dir.path().string()); !able)
        GTEST_SKIP() << able.error().message;
    fakes::ManualExecutor executor;
    const auto overlay = options(dir, FileSystemDriver::Overlay);
    write_file(dir / "overlay-works", "another boot");
    ASSERT_TRUE(platform::choose_file_system(executor, overlay));
    const std::string noted = test::read_file(dir / "overlay-works");
    EXPECT_NE(noted, "another boot");
    const auto written_at = [&] {
        struct stat about {};
        EXPECT_EQ(::stat((dir / "overlay-works").c_str(), &about), 0);
        return about.st_mtim.tv_nsec;
    };
    const auto before = written_at();
    ASSERT_TRUE(platform::choose_file_system(executor, overlay));
    EXPECT_EQ(written_at(), before) << "probed and noted again";
}

}  // namespace
}  // namespace potd
