#include "storage/sqlite/sqlite_journal.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/plain_spec_codec.hpp"
#include "tests/support/records.hpp"
#include "tests/support/temp_dir.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

namespace potd::storage {
namespace {

using core::Durability;
using core::ErrorKind;

/// A file system of one megabyte in a mount namespace of this process alone.
class StorageFullDiskTest : public testing::Test {
  protected:
    // NOLINTBEGIN(concurrency-mt-unsafe): the errors are of this one thread
    void SetUp() override {
        if (::unshare(CLONE_NEWNS) != 0)
            GTEST_SKIP() << "needs its own mount namespace: " << std::strerror(errno);
        ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
        if (::mount("tmpfs", dir_.path().c_str(), "tmpfs", 0, "size=1m") != 0) {
            GTEST_SKIP() << "needs to mount a tmpfs: " << std::strerror(errno);
        }
        mounted_ = true;
        // Given back later, as when an administrator makes room.
        test::write_file(dir_ / "ballast", std::string(300'000, 'x'));
        open();
    }
    void TearDown() override {
        journal_.reset();
        if (mounted_ && ::umount(dir_.path().c_str()) != 0) ADD_FAILURE() << std::strerror(errno);
    }
    // NOLINTEND(concurrency-mt-unsafe)
    void open() {
        JournalOptions options;
        options.file = dir_ / "potd.db";
        options.codec = test::plain_spec_codec();
        auto opened = SqliteJournal::open(std::move(options), loop_);
        ASSERT_TRUE(opened) << opened.error().message;
        journal_ = std::move(*opened);
    }
    core::Result<std::vector<core::Event>> commit(std::size_t size) {
        core::Event event = test::make_event("big");
        event.details["filler"] = std::string(size, 'x');
        std::optional<core::Result<std::vector<core::Event>>> outcome;
        bool told = false;
        journal_->commit(
            {core::AppendEvent{std::move(event)}}, Durability::Intent,
            [&](auto result) { outcome = std::move(result); },
            [&](const core::Status& status) {
                EXPECT_EQ(status.ok(), outcome->ok());
                told = true;
            });
        EXPECT_TRUE(loop_.run_until([&] { return told; }));
        return std::move(*outcome);
    }

    test::TempDir dir_;
    fakes::ManualExecutor loop_;
    bool mounted_ = false;
    std::unique_ptr<SqliteJournal> journal_;
};

TEST_F(StorageFullDiskTest, FailsTheCommitKeepsWhatWasThereAndRecovers) {
    std::uint64_t stored = 0;
    auto outcome = commit(20'000);
    for (; outcome && stored < 1000; outcome = commit(20'000)) stored = outcome->at(0).number;
    ASSERT_FALSE(outcome) << "the disk did not fill up";
    EXPECT_EQ(outcome.error().kind, ErrorKind::ResourceExhausted) << outcome.error().message;
    EXPECT_NE(outcome.error().message.find("no space left"), std::string::npos) << outcome.error().message;
    EXPECT_EQ(journal_->load()->last_event, stored);

    ASSERT_TRUE(std::filesystem::remove(dir_ / "ballast"));
    outcome = commit(100);
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->at(0).number, stored + 1);
    journal_.reset();
    open();
    EXPECT_EQ(journal_->load()->last_event, stored + 1);
}

}  // namespace
}  // namespace potd::storage
