#include "daemon/platform/posix/dir_file_system.hpp"

#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using test::read_file;
using test::TempDir;
using test::write_file;

const core::PotId pot{"0123456789ab"};

class DirFileSystemTest : public testing::Test {
  protected:
    DirFileSystemTest() {
        write_file(dir_ / "base/etc/hosts", "base");
        base_.name = "small";
        base_.path = (dir_ / "base").string();
        base_.binds = {{"/usr", "/usr"}};
        auto pots = PotTrees::open(executor_, dir_.path().string(), {});
        files_ = std::make_unique<DirFileSystem>(executor_, std::move(pots).value());
    }
    void create() {
        files_->create(pot, base_, [this](core::Result<void> result) { created_ = std::move(result); });
    }
    bool is_empty(const char* name) const { return fs::is_empty(dir_ / name); }

    TempDir dir_;
    fakes::ManualExecutor executor_;
    core::Base base_;
    std::unique_ptr<DirFileSystem> files_;
    std::optional<core::Status> created_;
};

TEST_F(DirFileSystemTest, CopiesTheBase) {
    create();
    executor_.run();
    ASSERT_TRUE(created_ && *created_);
    const auto root = files_->root(pot, base_);
    ASSERT_TRUE(root);
    EXPECT_EQ(root.value().kind, core::RootFs::Kind::Directory);
    EXPECT_EQ(read_file(fs::path(root.value().path) / "etc/hosts"), "base");
    EXPECT_EQ(root.value().binds, (std::vector<core::RootFs::Bind>{{"/usr", "/usr", true}}));
}

TEST_F(DirFileSystemTest, SaysHowMuchIsCopied) {
    write_file(dir_ / "base/etc/large", std::string(100'000, 'x'));
    write_file(dir_ / "base/var/last", "y");
    EXPECT_FALSE(files_->copied(pot));
    create();
    std::int64_t most = 0;
    ASSERT_TRUE(executor_.run_until([&] {
        most = std::max(most, files_->copied(pot).value_or(0));
        return created_.has_value();
    }));
    EXPECT_GT(most, 0);
    EXPECT_FALSE(files_->copied(pot));
}

TEST_F(DirFileSystemTest, HasNoPotBeforeTheCopyIsWhole) {
    create();
    EXPECT_EQ(files_->root(pot, base_).error().kind, core::ErrorKind::NotFound);
}

TEST_F(DirFileSystemTest, ClearsAwayAPotDiscardedWhileItIsCopied) {
    create();
    ASSERT_TRUE(files_->discard(pot));
    executor_.run();
    ASSERT_TRUE(created_);
    EXPECT_EQ(created_->error().kind, core::ErrorKind::Cancelled);
    EXPECT_TRUE(is_empty("pots"));
    EXPECT_TRUE(is_empty("trash"));
}

TEST_F(DirFileSystemTest, ClearsAwayAfterAFailedCopy) {
    base_.path += "-missing";
    create();
    executor_.run();
    ASSERT_TRUE(created_);
    EXPECT_EQ(created_->error().kind, core::ErrorKind::NotFound);
    EXPECT_NE(created_->error().message.find("copy of base small"), std::string::npos);
    EXPECT_TRUE(is_empty("pots"));
}

TEST_F(DirFileSystemTest, RefusesASecondCreateWhileTheFirstCopies) {
    create();
    std::optional<core::Status> second;
    files_->create(pot, base_, [&](core::Result<void> result) { second = std::move(result); });
    executor_.run();
    ASSERT_TRUE(created_ && second);
    EXPECT_TRUE(*created_);
    EXPECT_EQ(second->error().kind, core::ErrorKind::Conflict);
}

TEST_F(DirFileSystemTest, RepliesToNobodyAfterItsEnd) {
    create();
    files_.reset();
    executor_.run();
    EXPECT_FALSE(created_);
}

TEST_F(DirFileSystemTest, SaysThatAnotherDriverMadeThePot) {
    fs::create_directories(dir_ / "pots" / pot.text / "upper");
    EXPECT_EQ(files_->root(pot, base_).error().kind, core::ErrorKind::Conflict);
}

}  // namespace
}  // namespace potd::platform
