#include "daemon/platform/posix/tree_remove.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <random>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace potd::platform {
namespace {

namespace fs = std::filesystem;
using test::TempDir;
using test::write_file;

class TreeRemoveTest : public testing::Test {
  protected:
    TreeRemoveTest() : parent_(open_directory(dir_.path().string()).value()) {}

    core::Result<bool> remove(const std::string& name = "tree") const {
        return remove_tree(parent_.get(), name);
    }
    fs::path tree(const std::string& name) const { return dir_ / "tree" / name; }

    TempDir dir_;
    UniqueFd parent_;
};

TEST_F(TreeRemoveTest, RemovesFilesDirectoriesLinksAndFifos) {
    write_file(tree("a/b/file"), "x");
    write_file(tree("file"), "x");
    fs::create_symlink("nowhere", tree("dangling"));
    ASSERT_EQ(::mkfifo(tree("fifo").c_str(), 0600), 0);
    ASSERT_TRUE(remove()) << remove().error().message;
    EXPECT_FALSE(fs::exists(dir_ / "tree"));
}

TEST_F(TreeRemoveTest, IsContentIfNothingIsThere) {
    ASSERT_TRUE(remove("missing"));
    EXPECT_TRUE(remove("missing").value());
}

TEST_F(TreeRemoveTest, RemovesASingleFile) {
    write_file(dir_ / "tree", "x");
    ASSERT_TRUE(remove());
    EXPECT_FALSE(fs::exists(dir_ / "tree"));
}

TEST_F(TreeRemoveTest, FollowsNoLinkOutOfTheTree) {
    write_file(dir_ / "outside/precious", "x");
    fs::create_directories(tree("a"));
    fs::create_directory_symlink(dir_ / "outside", tree("a/link"));
    fs::create_directory_symlink("../..", tree("a/up"));
    ASSERT_TRUE(remove());
    EXPECT_FALSE(fs::exists(dir_ / "tree"));
    EXPECT_TRUE(fs::exists(dir_ / "outside/precious"));
}

TEST_F(TreeRemoveTest, DoesNotFollowALinkGivenAsTheTree) {
    write_file(dir_ / "outside/precious", "x");
    fs::create_directory_symlink("outside", dir_ / "tree");
    ASSERT_TRUE(remove());
    EXPECT_FALSE(fs::is_symlink(dir_ / "tree"));
    EXPECT_TRUE(fs::exists(dir_ / "outside/precious"));
}

TEST_F(TreeRemoveTest, RemovesDirectoriesWithoutPermissions) {
    write_file(tree("sealed/inner/file"), "x");
    fs::permissions(tree("sealed/inner"), fs::perms::none);
    fs::permissions(tree("sealed"), fs::perms::owner_read);
    ASSERT_TRUE(remove());
    EXPECT_FALSE(fs::exists(dir_ / "tree"));
}

/// Deeper than the descriptors of a process usually reach.
TEST_F(TreeRemoveTest, RemovesATreeOfAnyDepth) {
    constexpr int levels = 1100;
    fs::create_directories(dir_ / "tree");
    UniqueFd here = open_directory((dir_ / "tree").string()).value();
    for (int level = 0; level < levels; ++level) {
        ASSERT_EQ(::mkdirat(here.get(), "d", 0700), 0);
        const UniqueFd file(::openat(here.get(), "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
        ASSERT_TRUE(file);
        here.reset(::openat(here.get(), "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    }
    const auto removed = remove();
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_TRUE(removed.value());
    EXPECT_FALSE(fs::exists(dir_ / "tree"));
}

TEST_F(TreeRemoveTest, IsNotConfusedByNamesLikeItsOwn) {
    constexpr int levels = 60;
    fs::path deep = dir_ / "tree";
    for (int level = 0; level < levels; ++level) deep /= ".deep-" + std::to_string(level);
    write_file(deep / "file", "x");
    write_file(tree(".deep-1"), "a file");
    write_file(tree(".deep-2/full"), "x");
    ASSERT_TRUE(remove());
    EXPECT_FALSE(fs::exists(dir_ / "tree"));
}

TEST_F(TreeRemoveTest, StopsWithinItsBudgetAndGoesOn) {
    for (int i = 0; i < 100; ++i)
        write_file(tree("d" + std::to_string(i % 7) + "/f" + std::to_string(i)), "x");
    int calls = 0;
    while (true) {
        const auto removed = remove_tree(parent_.get(), "tree", 10);
        ASSERT_TRUE(removed);
        ++calls;
        if (removed.value()) break;
        ASSERT_LT(calls, 100);
    }
    EXPECT_GE(calls, 10);
    EXPECT_FALSE(fs::exists(dir_ / "tree"));
}

/// Random trees in random budgets leave nothing, and nothing outside changes.
TEST_F(TreeRemoveTest, RemovesRandomTreesWhole) {
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same trees in every run
    write_file(dir_ / "outside/precious", "x");
    for (int round = 0; round < 10; ++round) {
        fs::create_directories(dir_ / "tree");
        std::vector<fs::path> folders{dir_ / "tree"};
        for (int i = 0; i < 60; ++i) {
            const fs::path here = folders[random() % folders.size()] / std::to_string(i);
            switch (random() % 4) {
                case 0: write_file(here, "x"); break;
                case 1: fs::create_directory_symlink(dir_ / "outside", here); break;
                default: fs::create_directory(here); folders.push_back(here);
            }
        }
        const std::size_t budget = 1 + random() % 30;
        while (!remove_tree(parent_.get(), "tree", budget).value()) {
        }
        ASSERT_FALSE(fs::exists(dir_ / "tree")) << "round " << round;
    }
    EXPECT_TRUE(fs::exists(dir_ / "outside/precious"));
}

}  // namespace
}  // namespace potd::platform
