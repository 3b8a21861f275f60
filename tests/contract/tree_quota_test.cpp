// What btrfs keeps of a tree that is deleted, and what potd takes away of it.

#include "daemon/platform/posix/tree_quota.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_remove.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"
#include "daemon/platform/posix/tree_trash.hpp"
#include "tests/contract/machine.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;

class TreeQuotaTest : public testing::Test {
  protected:
    void SetUp() override {
        if (test::btrfs_ground().empty())
            GTEST_SKIP() << "no btrfs can be mounted here (root, mkfs.btrfs, loop devices)";
        fs::create_directories(dir_ / "trash");
        place_ = open(dir_.path());
        trash_ = open(dir_ / "trash");
        ASSERT_TRUE(prepare_tree_limits(place_.get()));
    }
    static UniqueFd open(const fs::path& path) {
        auto directory = open_directory(path.string());
        EXPECT_TRUE(directory);
        return directory ? std::move(directory).value() : UniqueFd();
    }
    std::vector<std::string> notes() {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(dir_ / "trash"))
            names.push_back(entry.path().filename().string());
        return names;
    }

    test::TempDir dir_{"potd-test", test::btrfs_ground()};
    UniqueFd place_, trash_;
};

TEST_F(TreeQuotaTest, KeepsABoundAndLiftsIt) {
    ASSERT_TRUE(make_tree(place_.get(), "tree", 0755));
    const UniqueFd tree = open(dir_ / "tree");
    EXPECT_EQ(*tree_limit(tree.get()), 0);
    ASSERT_TRUE(limit_tree(tree.get(), 1 << 22));
    EXPECT_EQ(*tree_limit(tree.get()), 1 << 22);
    ASSERT_TRUE(double_subvolume(tree.get(), place_.get(), "second", false));
    EXPECT_EQ(*tree_limit(open(dir_ / "second").get()), 1 << 22) << "the kernel hands it on: drivers lift it";
    ASSERT_TRUE(restore_tree_limit(tree.get(), 1));
    EXPECT_EQ(*tree_limit(tree.get()), 1) << "whatever is in it";
    const auto lifted = limit_tree(tree.get(), 0);
    ASSERT_TRUE(lifted) << lifted.error().message;
    EXPECT_EQ(*tree_limit(tree.get()), 0);
    EXPECT_EQ(limit_tree(place_.get(), 1 << 22).error().kind, core::ErrorKind::Unsupported)
        << "a plain directory would bound all that is around it";
}

TEST_F(TreeQuotaTest, WhatIsLeftOfADeletedTreeGoesWithItsNote) {
    ASSERT_TRUE(make_tree(place_.get(), "tree", 0755));
    test::write_file(dir_ / "tree/file", "x");
    ASSERT_TRUE(remove_tree(place_.get(), "tree", 1000, trash_.get()));
    ASSERT_EQ(notes().size(), 1U);
    EXPECT_TRUE(is_tree_count_note(notes().front()));
    ASSERT_TRUE(remove_noted_tree_counts(trash_.get()));
    EXPECT_TRUE(notes().empty());
}

TEST_F(TreeQuotaTest, ATreeThatIsThereKeepsItsCountWhateverIsNoted) {
    ASSERT_TRUE(make_tree(place_.get(), "tree", 0755));
    const UniqueFd tree = open(dir_ / "tree");
    ASSERT_TRUE(limit_tree(tree.get(), 1 << 22));
    // As after a crash between the note and the deletion.
    note_tree_count(trash_.get(), tree.get());
    ASSERT_EQ(notes().size(), 1U);
    ASSERT_TRUE(remove_noted_tree_counts(trash_.get()));
    EXPECT_EQ(notes().size(), 1U) << "for the next time";
    EXPECT_EQ(*tree_limit(tree.get()), 1 << 22);
}

TEST_F(TreeQuotaTest, TheTrashTakesCareOfThemAlsoAfterACrash) {
    test::write_file(dir_ / "trash/quota-group.4711", "");
    test::write_file(dir_ / "trash/quota-group.x", "");
    ASSERT_TRUE(make_tree(place_.get(), "tree", 0755));
    fakes::ManualExecutor executor;
    const auto trash = TreeTrash::open(executor, (dir_ / "trash").string(),
                                       [](const std::string& problem) { ADD_FAILURE() << problem; });
    ASSERT_TRUE(trash);
    ASSERT_TRUE((*trash)->take(place_.get(), "tree"));
    ASSERT_TRUE((*trash)->sweep());
    executor.run();
    EXPECT_TRUE(notes().empty());
    test::write_file(dir_ / "trash/quota-group.4711", "");
    ASSERT_TRUE((*trash)->sweep());
    executor.run();
    EXPECT_TRUE(notes().empty()) << "although there is no tree to delete";
}

}  // namespace
}  // namespace potd::platform
