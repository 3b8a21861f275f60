#include "daemon/platform/posix/synced_file_system.hpp"

#include "daemon/platform/posix/dir_file_system.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

const core::PotId synced_pot{"0123456789ab"};

class SyncedFileSystemTest : public testing::Test {
  protected:
    SyncedFileSystemTest() {
        test::write_file(dir_ / "base/etc/hosts", "base");
        base_.name = "small";
        base_.path = (dir_ / "base").string();
    }

    /// A driver whose trees are in dir_, and what it made is looked for in `state_dir`.
    SyncedFileSystem driver(const std::string& state_dir) {
        auto pots = PotTrees::open(executor_, dir_.path().string(), {});
        return {executor_, state_dir, std::make_unique<DirFileSystem>(executor_, std::move(pots).value())};
    }
    core::Reply<void> take() {
        return [this](core::Status done) { outcome_ = std::move(done); };
    }
    /// The outcome of what was asked for, once nothing is left to do.
    core::Status outcome() {
        executor_.run();
        return outcome_ ? *std::exchange(outcome_, std::nullopt)
                        : core::error(core::ErrorKind::Internal, "no reply");
    }

    test::TempDir dir_;
    fakes::ManualExecutor executor_;
    core::Base base_;
    std::optional<core::Status> outcome_;
};

TEST_F(SyncedFileSystemTest, WhatWasMadeIsBroughtToTheDisk) {
    SyncedFileSystem files = driver(dir_.path().string());
    files.create(synced_pot, base_, take());
    EXPECT_TRUE(outcome());
    files.snapshot({synced_pot, 1}, take());
    EXPECT_TRUE(outcome());
    files.rollback({synced_pot, 1}, take());
    EXPECT_TRUE(outcome());
    files.clone({synced_pot, 1}, core::PotId{"ba9876543210"}, take());
    EXPECT_TRUE(outcome());
}

TEST_F(SyncedFileSystemTest, SuccessIsToldOnlyOnceItIsThere) {
    const test::TempDir elsewhere;
    SyncedFileSystem files = driver(elsewhere.path().string());
    files.create(synced_pot, base_, take());
    const core::Status created = outcome();
    ASSERT_FALSE(created);
    EXPECT_NE(created.error().message.find("pots/0123456789ab"), std::string::npos)
        << created.error().message;
    EXPECT_FALSE(std::filesystem::exists(dir_ / "pots/0123456789ab")) << "what nobody was told of is gone";
    SyncedFileSystem plain = driver(dir_.path().string());
    plain.create(synced_pot, base_, take());
    ASSERT_TRUE(outcome());
    files.snapshot({synced_pot, 1}, take());
    EXPECT_FALSE(outcome());
    files.rollback({synced_pot, 1}, take());
    EXPECT_FALSE(outcome());
    files.clone({synced_pot, 1}, core::PotId{"ba9876543210"}, take());
    EXPECT_FALSE(outcome());
}

TEST_F(SyncedFileSystemTest, AFailureOfTheDriverIsPassedOn) {
    SyncedFileSystem files = driver(dir_.path().string());
    files.create(synced_pot, base_, take());
    EXPECT_TRUE(outcome());
    files.create(synced_pot, base_, take());
    const core::Status again = outcome();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, core::ErrorKind::Conflict);
}

}  // namespace
}  // namespace potd::platform
