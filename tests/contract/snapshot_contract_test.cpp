#include "tests/contract/file_system_suite.hpp"

#include <random>

#include <sys/stat.h>

namespace potd {
namespace {

namespace fs = std::filesystem;
using core::PotId;
using core::SnapshotKey;
using test::read_file;
using test::write_file;

template <class Driver>
class SnapshotContractTest : public test::FileSystemSuite<Driver> {
  protected:
    void SetUp() override {
        test::FileSystemSuite<Driver>::SetUp();
        if (!this->IsSkipped() && ::geteuid() != 0) GTEST_SKIP() << "mounting needs root";
    }

    bool write(const PotId& id, const std::string& file, const std::string& text) {
        return this->in_root(id, [&](const fs::path& root) {
            write_file(root / file, text);
            return true;
        });
    }
    bool remove(const PotId& id, const std::string& file) {
        return this->in_root(id, [&](const fs::path& root) { return fs::remove(root / file); });
    }
    bool reads(const PotId& id, const std::string& file, const std::string& text) {
        return this->in_root(id, [&](const fs::path& root) { return read_file(root / file) == text; });
    }
    bool lacks(const PotId& id, const std::string& file) {
        return this->in_root(id, [&](const fs::path& root) { return !fs::exists(root / file); });
    }
    std::int64_t measured(const auto& what) {
        std::optional<core::Result<std::int64_t>> bytes;
        this->files_->measure(what, [&](core::Result<std::int64_t> result) { bytes = std::move(result); });
        this->executor_.run();
        return bytes && *bytes ? bytes->value() : -1;
    }

    const SnapshotKey first_{this->a_, 1};
    const SnapshotKey second_{this->a_, 2};
};
TYPED_TEST_SUITE(SnapshotContractTest, test::Drivers, test::DriverName);

TYPED_TEST(SnapshotContractTest, GoesBackToWhatWasThere) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->write(this->a_, "new", "one"));
    ASSERT_TRUE(this->snapshot(this->first_));
    EXPECT_TRUE(this->reads(this->a_, "new", "one")) << "the pot is as it was";
    ASSERT_TRUE(this->write(this->a_, "new", "two"));
    ASSERT_TRUE(this->write(this->a_, "later", "x"));
    ASSERT_TRUE(this->remove(this->a_, "etc/unwanted"));
    ASSERT_TRUE(this->rollback(this->first_));
    EXPECT_TRUE(this->reads(this->a_, "new", "one"));
    EXPECT_TRUE(this->lacks(this->a_, "later"));
    EXPECT_TRUE(this->reads(this->a_, "etc/unwanted", "x"));
    EXPECT_TRUE(this->reads(this->a_, "etc/hosts", "from the base"));
}

TYPED_TEST(SnapshotContractTest, GoesBackAndForthBetweenSeveral) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->write(this->a_, "file", "one"));
    ASSERT_TRUE(this->snapshot(this->first_));
    ASSERT_TRUE(this->write(this->a_, "file", "two"));
    ASSERT_TRUE(this->snapshot(this->second_));
    ASSERT_TRUE(this->rollback(this->first_));
    EXPECT_TRUE(this->reads(this->a_, "file", "one"));
    ASSERT_TRUE(this->write(this->a_, "file", "three"));
    ASSERT_TRUE(this->rollback(this->second_));
    EXPECT_TRUE(this->reads(this->a_, "file", "two"));
    ASSERT_TRUE(this->rollback(this->first_));
    EXPECT_TRUE(this->reads(this->a_, "file", "one"));
}

TYPED_TEST(SnapshotContractTest, KeepsTheAttributesOfTheTop) {
    ASSERT_TRUE(this->create(this->a_));
    const auto top_is = [](const fs::path& root, mode_t mode, uid_t user) {
        struct stat about {};
        return ::stat(root.c_str(), &about) == 0 && (about.st_mode & 07777) == mode && about.st_uid == user;
    };
    ASSERT_TRUE(this->in_root(this->a_, [](const fs::path& root) {
        return ::chown(root.c_str(), 7, 8) == 0 && ::chmod(root.c_str(), 01750) == 0;
    }));
    ASSERT_TRUE(this->snapshot(this->first_));
    EXPECT_TRUE(this->in_root(this->a_, [&](const fs::path& root) { return top_is(root, 01750, 7); }));
    ASSERT_TRUE(
        this->in_root(this->a_, [](const fs::path& root) { return ::chmod(root.c_str(), 0700) == 0; }));
    ASSERT_TRUE(this->rollback(this->first_));
    EXPECT_TRUE(this->in_root(this->a_, [&](const fs::path& root) { return top_is(root, 01750, 7); }));
    ASSERT_TRUE(this->clone(this->first_, this->b_));
    EXPECT_TRUE(this->in_root(this->b_, [&](const fs::path& root) { return top_is(root, 01750, 7); }));
}

TYPED_TEST(SnapshotContractTest, ClonesLiveOnTheirOwn) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->write(this->a_, "file", "one"));
    ASSERT_TRUE(this->snapshot(this->first_));
    ASSERT_TRUE(this->write(this->a_, "file", "two"));
    ASSERT_TRUE(this->clone(this->first_, this->b_));
    EXPECT_TRUE(this->reads(this->b_, "file", "one"));
    EXPECT_TRUE(fs::is_directory(this->files_->log_directory(this->b_)));
    ASSERT_TRUE(this->write(this->b_, "file", "three"));
    EXPECT_TRUE(this->reads(this->a_, "file", "two"));
    ASSERT_TRUE(this->files_->discard(this->a_));
    this->executor_.run();
    EXPECT_TRUE(this->reads(this->b_, "file", "three")) << "without the source, too";
    ASSERT_TRUE(this->snapshot({this->b_, 1}));
    ASSERT_TRUE(this->write(this->b_, "file", "four"));
    ASSERT_TRUE(this->rollback({this->b_, 1}));
    EXPECT_TRUE(this->reads(this->b_, "file", "three"));
}

TYPED_TEST(SnapshotContractTest, RefusesAnUnknownSnapshot) {
    ASSERT_TRUE(this->create(this->a_));
    const auto back = this->rollback(this->first_);
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().kind, core::ErrorKind::NotFound) << back.error().message;
    const auto cloned = this->clone(this->first_, this->b_);
    ASSERT_FALSE(cloned);
    EXPECT_EQ(cloned.error().kind, core::ErrorKind::NotFound);
    EXPECT_EQ(this->pots(), std::vector<std::string>{"aaaaaaaaaaaa"});
    EXPECT_FALSE(this->snapshot({this->b_, 1})) << "of a pot that is not there";
    EXPECT_TRUE(this->names_in("state/snapshots").empty());
}

TYPED_TEST(SnapshotContractTest, RefusesToCloneOverAPot) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->snapshot(this->first_));
    ASSERT_TRUE(this->create(this->b_));
    ASSERT_TRUE(this->write(this->b_, "file", "own"));
    EXPECT_EQ(this->clone(this->first_, this->b_).error().kind, core::ErrorKind::Conflict);
    EXPECT_TRUE(this->reads(this->b_, "file", "own"));
}

TYPED_TEST(SnapshotContractTest, DiscardsWhatNobodyNeeds) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->write(this->a_, "file", "one"));
    ASSERT_TRUE(this->snapshot(this->first_));
    ASSERT_TRUE(this->write(this->a_, "file", "two"));
    ASSERT_TRUE(this->snapshot(this->second_));
    ASSERT_TRUE(this->clone(this->first_, this->b_));
    ASSERT_TRUE(this->files_->discard(this->first_));
    ASSERT_TRUE(this->files_->discard(this->first_)) << "idempotent";
    EXPECT_TRUE(this->reads(this->a_, "file", "two"));
    EXPECT_TRUE(this->reads(this->b_, "file", "one"));
    ASSERT_TRUE(this->files_->discard(this->a_));
    EXPECT_TRUE(this->reads(this->b_, "file", "one"));
    ASSERT_TRUE(this->files_->discard(this->b_));
    this->executor_.run();
    EXPECT_TRUE(fs::is_empty(this->dir_ / "state/trash"));
    EXPECT_TRUE(this->names_in("state/snapshots").empty());
    if (!fs::exists(this->dir_ / "state/layers")) return;
    EXPECT_TRUE(this->names_in("state/layers").empty());
}

TYPED_TEST(SnapshotContractTest, SweepsSnapshotsNobodyKnows) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->snapshot(this->first_));
    ASSERT_TRUE(this->write(this->a_, "file", "two"));
    ASSERT_TRUE(this->snapshot(this->second_));
    this->reopen();
    ASSERT_TRUE(this->files_->sweep({this->a_}, {this->second_}, {}));
    this->executor_.run();
    EXPECT_EQ(this->names_in("state/snapshots"), std::vector<std::string>{"aaaaaaaaaaaa.2"});
    ASSERT_TRUE(this->snapshot(this->first_)) << "its number was never told to anybody";
    ASSERT_TRUE(this->rollback(this->second_));
    EXPECT_TRUE(this->reads(this->a_, "file", "two"));
}

TYPED_TEST(SnapshotContractTest, ReplacesASnapshotThatWasNotRecorded) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->write(this->a_, "file", "one"));
    ASSERT_TRUE(this->snapshot(this->first_));
    ASSERT_TRUE(this->write(this->a_, "file", "two"));
    ASSERT_TRUE(this->snapshot(this->first_));
    ASSERT_TRUE(this->write(this->a_, "file", "three"));
    ASSERT_TRUE(this->rollback(this->first_));
    EXPECT_TRUE(this->reads(this->a_, "file", "two"));
}

TYPED_TEST(SnapshotContractTest, MeasuresPotsAndSnapshots) {
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->snapshot(this->first_));
    std::string large(1 << 20, '\0');  // of bytes that do not compress
    std::mt19937 random(1);
    for (char& c : large) c = static_cast<char>(random());
    ASSERT_TRUE(this->write(this->a_, "large", large));
    const pid_t child = ::fork();  // what lies in memory alone has no size on some file systems
    if (child == 0) ::_exit((::sync(), 0));
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    test::zfs_pool().sync();
    EXPECT_GE(this->measured(this->a_), 1 << 20);
    EXPECT_LT(this->measured(this->first_), 1 << 20);
    EXPECT_EQ(this->measured(SnapshotKey{this->b_, 1}), -1);
}

}  // namespace
}  // namespace potd
