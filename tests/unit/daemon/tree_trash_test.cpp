#include "daemon/platform/posix/tree_trash.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using test::TempDir;
using test::write_file;

class TreeTrashTest : public testing::Test {
  protected:
    std::shared_ptr<TreeTrash> open() {
        auto opened = TreeTrash::open(executor_, (dir_ / "trash").string(),
                                      [this](const std::string& message) { problems_.push_back(message); });
        EXPECT_TRUE(opened);
        return std::move(opened).value();
    }
    std::size_t lying() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(dir_ / "trash"), fs::directory_iterator()));
    }

    TempDir dir_;
    fakes::ManualExecutor executor_;
    std::vector<std::string> problems_;
    UniqueFd parent_ = open_directory(dir_.path().string()).value();
};

TEST_F(TreeTrashTest, MovesAtOnceAndDeletesLater) {
    const auto trash = open();
    write_file(dir_ / "tree/file", "x");
    ASSERT_TRUE(trash->take(parent_.get(), "tree"));
    EXPECT_FALSE(fs::exists(dir_ / "tree"));
    EXPECT_EQ(lying(), 1U);
    executor_.run();
    EXPECT_EQ(lying(), 0U);
}

TEST_F(TreeTrashTest, TakesTheSameNameAgainAndAgain) {
    const auto trash = open();
    for (int i = 0; i < 3; ++i) {
        write_file(dir_ / "tree/file", "x");
        ASSERT_TRUE(trash->take(parent_.get(), "tree"));
    }
    EXPECT_EQ(lying(), 3U);
    EXPECT_TRUE(trash->take(parent_.get(), "missing")) << "idempotent";
    executor_.run();
    EXPECT_EQ(lying(), 0U);
}

TEST_F(TreeTrashTest, FinishesAfterARestartWhatACrashLeft) {
    for (int i = 0; i < 2500; ++i) write_file(dir_ / "trash/old" / std::to_string(i), "");
    write_file(dir_ / "trash/other/file", "x");
    const auto trash = open();
    ASSERT_TRUE(trash->sweep());
    executor_.run();
    EXPECT_EQ(lying(), 0U);
    EXPECT_TRUE(problems_.empty());
}

TEST_F(TreeTrashTest, LeavesTheRestToTheNextStartWhenDestroyed) {
    {
        const auto trash = open();
        write_file(dir_ / "a/file", "x");
        write_file(dir_ / "b/file", "x");
        ASSERT_TRUE(trash->take(parent_.get(), "a"));
        ASSERT_TRUE(trash->take(parent_.get(), "b"));
    }
    executor_.run();  // must not touch the destroyed one
    EXPECT_EQ(lying(), 1U);
    const auto again = open();
    ASSERT_TRUE(again->sweep());
    executor_.run();
    EXPECT_EQ(lying(), 0U);
}

}  // namespace
}  // namespace potd::platform
