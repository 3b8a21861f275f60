#include "tests/contract/file_system_suite.hpp"

#include <sys/stat.h>

namespace potd {
namespace {

namespace fs = std::filesystem;
using test::write_file;

template <class Driver>
class FileSystemContractTest : public test::FileSystemSuite<Driver> {};
TYPED_TEST_SUITE(FileSystemContractTest, test::Drivers, test::DriverName);

TYPED_TEST(FileSystemContractTest, HasTheNameThatWasAskedFor) {
    EXPECT_EQ(this->files_->name(), TypeParam::name);
}

TYPED_TEST(FileSystemContractTest, MakesAWholePot) {
    ASSERT_TRUE(this->create(this->a_));
    EXPECT_TRUE(this->files_->root(this->a_, this->base_));
    const std::string log = this->files_->log_directory(this->a_);
    EXPECT_EQ(log, (this->dir_ / "state/pots/aaaaaaaaaaaa/log").string());
    EXPECT_TRUE(fs::is_directory(log));
}

TYPED_TEST(FileSystemContractTest, KeepsPotsFromOtherUsersOfTheMachine) {
    ASSERT_TRUE(this->create(this->a_));
    EXPECT_EQ(fs::status(this->dir_ / "state/pots").permissions(), fs::perms(0700));
}

TYPED_TEST(FileSystemContractTest, RefusesAnIdThatExists) {
    ASSERT_TRUE(this->create(this->a_));
    const auto again = this->create(this->a_);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, core::ErrorKind::Conflict);
    EXPECT_TRUE(this->files_->root(this->a_, this->base_)) << "the first one is still there";
}

TYPED_TEST(FileSystemContractTest, RefusesAnIdThatIsAPath) {
    for (const char* id : {"", ".", "..", "../x", "a/b"}) {
        EXPECT_FALSE(this->create(core::PotId{id})) << id;
        EXPECT_FALSE(this->files_->discard(core::PotId{id})) << id;
    }
}

TYPED_TEST(FileSystemContractTest, HasNoRootForAPotItDoesNotKnow) {
    EXPECT_EQ(this->files_->root(this->a_, this->base_).error().kind, core::ErrorKind::NotFound);
}

TYPED_TEST(FileSystemContractTest, BindsWhatTheBaseBindsReadOnly) {
    ASSERT_TRUE(this->create(this->a_));
    const auto root = this->files_->root(this->a_, this->base_);
    ASSERT_TRUE(root);
    EXPECT_EQ(root.value().binds, (std::vector<core::RootFs::Bind>{{"/usr", "/usr", true}}));
}

TYPED_TEST(FileSystemContractTest, ShowsTheBaseAndKeepsChangesInThePot) {
    if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->create(this->b_));
    ASSERT_TRUE(this->in_root(this->a_, [](const fs::path& root) {
        write_file(root / "new", "made");
        fs::remove(root / "etc/unwanted");
        return test::read_file(root / "etc/hosts") == "from the base";
    }));
    EXPECT_TRUE(this->in_root(this->a_, [](const fs::path& root) {
        return test::read_file(root / "new") == "made" && !fs::exists(root / "etc/unwanted");
    })) << "gone after a restart of the pot";
    EXPECT_TRUE(this->in_root(this->b_, [](const fs::path& root) {
        return !fs::exists(root / "new") && fs::exists(root / "etc/unwanted");
    })) << "seen by the other pot";
    EXPECT_TRUE(fs::exists(fs::path(this->base_.path) / "etc/unwanted"));
}

TYPED_TEST(FileSystemContractTest, GivesTheRootTheUsualMode) {
    if (::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    ASSERT_TRUE(this->create(this->a_));
    EXPECT_TRUE(this->in_root(this->a_, [](const fs::path& root) {
        struct stat about {};
        return ::stat(root.c_str(), &about) == 0 && (about.st_mode & 07777) == 0755 && about.st_uid == 0;
    }));
}

TYPED_TEST(FileSystemContractTest, DiscardsAtOnceAndIdempotently) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->files_->discard(this->a_));
    EXPECT_TRUE(this->pots().empty());
    EXPECT_TRUE(this->files_->discard(this->a_));
    this->executor_.run();
    EXPECT_TRUE(fs::is_empty(this->dir_ / "state/trash"));
}

TYPED_TEST(FileSystemContractTest, DeletesAfterARestartWhatWasDiscardedBefore) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->files_->discard(this->a_));
    this->reopen();
    ASSERT_TRUE(this->files_->sweep({}, {}, {}));
    this->executor_.run();
    EXPECT_TRUE(fs::is_empty(this->dir_ / "state/trash"));
}

TYPED_TEST(FileSystemContractTest, SweepsUnknownPotsAndKeepsKnownOnes) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->create(this->b_));
    ASSERT_TRUE(this->files_->sweep({this->b_}, {}, {}));
    this->executor_.run();
    EXPECT_EQ(this->pots(), std::vector<std::string>{"bbbbbbbbbbbb"});
    EXPECT_TRUE(fs::is_empty(this->dir_ / "state/trash"));
}

/// The state after a crash at any step of a create: an unfinished directory of the same pot.
TYPED_TEST(FileSystemContractTest, ForgetsAHalfMadePot) {
    write_file(this->dir_ / "state/pots/.new-aaaaaaaaaaaa/root/file", "half");
    write_file(this->dir_ / "state/pots/.new-bbbbbbbbbbbb/root/file", "half");
    EXPECT_TRUE(this->create(this->a_)) << "the name can be used again";
    EXPECT_TRUE(this->files_->discard(this->b_));
    EXPECT_EQ(this->pots(), std::vector<std::string>{"aaaaaaaaaaaa"});
    write_file(this->dir_ / "state/pots/.new-cccccccccccc/root/file", "half");
    ASSERT_TRUE(this->files_->sweep({this->a_, core::PotId{"cccccccccccc"}}, {}, {}));
    EXPECT_EQ(this->pots(), std::vector<std::string>{"aaaaaaaaaaaa"});
}

}  // namespace
}  // namespace potd
