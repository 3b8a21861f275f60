#include "daemon/platform/posix/base_store.hpp"
#include "tests/contract/file_system_suite.hpp"

#include <cstdint>

// A pot's files become a base, over all drivers.

namespace potd {
namespace {

namespace fs = std::filesystem;
using core::SnapshotKey;
using test::read_file;
using test::write_file;

template <class Driver>
class LendContractTest : public test::FileSystemSuite<Driver> {
  protected:
    void SetUp() override {
        test::FileSystemSuite<Driver>::SetUp();
        if (this->IsSkipped()) return;
        if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
        platform::BaseOptions options;
        options.state_dir = (this->dir_ / "state").string();
        options.volumes = this->volumes_;
        auto store = platform::TreeBaseStore::open(this->executor_, options);
        ASSERT_TRUE(store);
        store_ = std::move(store).value();
    }
    void TearDown() override {
        store_.reset();
        test::FileSystemSuite<Driver>::TearDown();
    }

    bool change(const std::string& text) {
        return this->in_root(this->a_, [&](const fs::path& root) {
            write_file(root / "etc/new", text);
            fs::remove(root / "etc/unwanted");
            return true;
        });
    }
    core::Result<core::LentTree> lend(const SnapshotKey& key) {
        std::optional<core::Result<core::LentTree>> lent;
        this->files_->lend(key, this->base_,
                           [&](core::Result<core::LentTree> tree) { lent = std::move(tree); });
        EXPECT_FALSE(lent) << "replied before the call returned";
        this->executor_.run();
        return lent ? *lent : core::error(core::ErrorKind::Internal, "no reply");
    }
    core::Result<core::Base> install(const core::LentTree& tree) {
        core::BaseRequest request;
        request.name = "of-pot";
        request.source = core::BaseSource::Pot;
        request.origin = "web";
        request.tree = tree;
        request.binds = {{"/usr", "/usr"}};
        std::optional<core::Result<core::Base>> made;
        store_->install(
            request, [this](const core::OperationProgress& now) { told_.push_back(now); },
            [&](core::Result<core::Base> result) { made = std::move(result); });
        this->executor_.run();
        return made ? *made : core::error(core::ErrorKind::Internal, "no reply");
    }
    void remove(const core::Base& base) {
        std::optional<core::Status> removed;
        store_->remove(base, [&](core::Status result) { removed = std::move(result); });
        this->executor_.run();
        EXPECT_TRUE(removed && removed->ok());
    }

    std::unique_ptr<platform::TreeBaseStore> store_;
    std::vector<core::OperationProgress> told_;
};
TYPED_TEST_SUITE(LendContractTest, test::Drivers, test::DriverName);

TYPED_TEST(LendContractTest, ABaseHasTheFilesOfItsPotAndLivesOnItsOwn) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->change("one"));
    const auto lent = this->lend({this->a_, 0});
    ASSERT_TRUE(lent) << lent.error().message;
    EXPECT_TRUE(lent->root.binds.empty());
    const auto made = this->install(*lent);
    ASSERT_TRUE(made) << made.error().message;
    this->files_->give_back(*lent);
    this->executor_.run();
    EXPECT_EQ(made->origin, "web");
    EXPECT_EQ(made->binds, (std::vector<core::BaseBind>{{"/usr", "/usr"}}));
    EXPECT_GT(made->size, 0);
    ASSERT_TRUE(this->files_->discard(this->a_));
    this->executor_.run();
    const fs::path tree = made->path;
    EXPECT_EQ(read_file(tree / "etc/new"), "one");
    EXPECT_EQ(read_file(tree / "etc/hosts"), "from the base");
    EXPECT_FALSE(fs::exists(tree / "etc/unwanted"));
    for (const auto& now : this->told_) EXPECT_EQ(now.unit, "bytes");
    // It is a base as others.
    const core::Base before = this->base_;
    this->base_ = *made;
    ASSERT_TRUE(this->create(this->b_));
    EXPECT_TRUE(
        this->in_root(this->b_, [](const fs::path& root) { return read_file(root / "etc/new") == "one"; }));
    ASSERT_TRUE(this->files_->discard(this->b_));
    this->executor_.run();
    this->base_ = before;
    this->remove(*made);
}

TYPED_TEST(LendContractTest, ASnapshotIsLentAsItWas) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->change("one"));
    ASSERT_TRUE(this->snapshot({this->a_, 1}));
    ASSERT_TRUE(this->change("two"));
    const auto lent = this->lend({this->a_, 1});
    ASSERT_TRUE(lent) << lent.error().message;
    const auto made = this->install(*lent);
    ASSERT_TRUE(made) << made.error().message;
    this->files_->give_back(*lent);
    this->executor_.run();
    EXPECT_EQ(read_file(fs::path(made->path) / "etc/new"), "one");
    EXPECT_TRUE(
        this->in_root(this->a_, [](const fs::path& root) { return read_file(root / "etc/new") == "two"; }));
    ASSERT_TRUE(this->rollback({this->a_, 1})) << "the snapshot is as it was";
    this->remove(*made);
}

TYPED_TEST(LendContractTest, WhatIsUnknownIsNotLent) {
    EXPECT_EQ(this->lend({this->a_, 0}).error().kind, core::ErrorKind::NotFound);
    ASSERT_TRUE(this->create(this->a_));
    EXPECT_EQ(this->lend({this->a_, 7}).error().kind, core::ErrorKind::NotFound);
}

TYPED_TEST(LendContractTest, WhatIsLentWhenPotdDiesIsSwept) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->change("one"));
    ASSERT_TRUE(this->lend({this->a_, 0}));
    this->reopen();
    ASSERT_TRUE(this->files_->sweep({this->a_}, {}, {}));
    this->executor_.run();
    EXPECT_TRUE(this->zfs_root_.empty() || test::zfs_pool().names_below(this->zfs_root_ + "/jails") ==
                                               (std::vector<std::string>{"aaaaaaaaaaaa", "aaaaaaaaaaaa/m"}));
    EXPECT_TRUE(
        this->in_root(this->a_, [](const fs::path& root) { return read_file(root / "etc/new") == "one"; }));
}

TYPED_TEST(LendContractTest, ACancelledCopyLeavesNothing) {
    ASSERT_TRUE(this->create(this->a_));
    const auto lent = this->lend({this->a_, 0});
    ASSERT_TRUE(lent) << lent.error().message;
    this->store_->stop();
    const auto made = this->install(*lent);
    // A double in constant time may have been quicker.
    EXPECT_TRUE(made || made.error().kind == core::ErrorKind::Cancelled) << made.error().message;
    if (made) this->remove(*made);
    this->files_->give_back(*lent);
    this->executor_.run();
    EXPECT_FALSE(fs::exists(this->dir_ / "state/bases/of-pot"));
    for (const std::string& name : this->names_in("state/bases")) EXPECT_FALSE(name.starts_with(".tmp"));
}

}  // namespace
}  // namespace potd
