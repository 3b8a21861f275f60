#include "storage/sqlite/sqlite_journal.hpp"

#include "storage/sqlite/sqlite_history.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/plain_spec_codec.hpp"
#include "tests/support/records.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::storage {
namespace {

using core::AppendEvent;
using core::Change;
using core::Durability;
using core::PutPot;
using test::make_event;
using test::make_pot;

class SqliteJournalTest : public testing::Test {
  protected:
    using Journal = std::unique_ptr<SqliteJournal>;

    JournalOptions options() {
        JournalOptions options;
        options.file = dir_ / "potd.db";
        options.codec = test::plain_spec_codec();
        options.on_problem = [this](const core::Error& error) { problems_.push_back(error.message); };
        return options;
    }
    Journal open(JournalOptions options) {
        auto opened = SqliteJournal::open(std::move(options), loop_);
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    void put(SqliteJournal& journal, const std::string& name, Durability durability) {
        journal.commit(
            {PutPot{make_pot(name, name)}, AppendEvent{make_event("pot.created", name, name)}}, durability,
            [this](auto result) { recorded_ += result.ok() ? 1 : 0; },
            [this](const core::Status& status) { durable_ += status.ok() ? 1 : 0; });
    }
    static bool reaches(const std::function<bool()>& condition) {
        const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!condition() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
        return condition();
    }

    test::TempDir dir_;
    fakes::ManualExecutor loop_;
    int recorded_ = 0;
    int durable_ = 0;
    std::vector<std::string> problems_;
};

TEST_F(SqliteJournalTest, TakesWhatIsQueuedAsOneTransactionWithOneSync) {
    std::promise<void> busy;
    std::promise<void> gate;
    auto set = options();
    set.codec.encode = [&, plain = set.codec.encode](const core::PotSpec& spec) {
        if (spec.name == "first") {
            busy.set_value();
            gate.get_future().wait();
        }
        return plain(spec);
    };
    const Journal journal = open(std::move(set));
    const auto before = journal->figures().syncs;  // the start makes sure of what it found
    put(*journal, "first", Durability::Observation);
    busy.get_future().wait();
    for (int i = 0; i < 50; ++i) put(*journal, "pot" + std::to_string(i), Durability::Intent);
    EXPECT_EQ(journal->figures().queued, 50U);
    gate.set_value();
    ASSERT_TRUE(loop_.run_until([&] { return durable_ == 50; }));
    EXPECT_EQ(recorded_, 51);
    EXPECT_EQ(journal->figures().queued, 0U);
    EXPECT_EQ(journal->figures().commit_seconds.count(), 51U);
    EXPECT_EQ(journal->figures().sync_seconds.count(), before + 1);
    EXPECT_EQ(journal->figures().commits, 51U);
    EXPECT_EQ(journal->figures().transactions, 2U);
    EXPECT_EQ(journal->figures().syncs, before + 1);
}

TEST_F(SqliteJournalTest, SyncsObservationsOnItsOwn) {
    auto set = options();
    set.sync_delay = core::milliseconds(1);
    const Journal journal = open(std::move(set));
    const auto before = journal->figures().syncs;
    put(*journal, "web", Durability::Observation);
    EXPECT_TRUE(reaches([&] { return journal->figures().syncs == before + 1; }));
    ASSERT_TRUE(loop_.run_until([&] { return recorded_ == 1; }));
    EXPECT_EQ(durable_, 0);
}

TEST_F(SqliteJournalTest, StopFlushesEverythingAndRefusesWhatComesLater) {
    Journal journal = open(options());
    for (int i = 0; i < 20; ++i) put(*journal, "pot" + std::to_string(i), Durability::Intent);
    put(*journal, "seen", Durability::Observation);
    journal->stop();
    EXPECT_EQ(journal->figures().commits, 21U);
    EXPECT_GE(journal->figures().syncs, 1U);
    std::string refusal;
    journal->commit(
        {}, Durability::Intent, [&](auto result) { refusal += result.error().message + "; "; },
        [&](const core::Status& status) { refusal += status.error().message; });
    journal.reset();
    loop_.run();
    EXPECT_EQ(recorded_, 21);
    EXPECT_EQ(durable_, 20);
    EXPECT_EQ(refusal, "potd is stopping; potd is stopping");
    EXPECT_EQ(open(options())->load()->pots.size(), 21U);
}

TEST_F(SqliteJournalTest, GoesOnCountingEventsAfterARestart) {
    put(*open(options()), "web", Durability::Intent);
    const Journal journal = open(options());
    std::uint64_t number = 0;
    journal->commit({AppendEvent{make_event("next")}}, Durability::Observation,
                    [&](auto result) { number = result->at(0).number; }, {});
    ASSERT_TRUE(loop_.run_until([&] { return number != 0; }));
    EXPECT_EQ(number, 2U);
}

TEST_F(SqliteJournalTest, LeavesNoLogBehindWhenItIsClosed) {
    { put(*open(options()), "web", Durability::Observation); }
    EXPECT_FALSE(std::filesystem::exists(dir_ / "potd.db-wal"));
}

TEST_F(SqliteJournalTest, KeepsTheLogShortWhileItRuns) {
    auto set = options();
    set.checkpoint.long_log = 16;
    set.checkpoint.too_long_log = 64;
    const Journal journal = open(std::move(set));
    const auto log_size = [&] { return std::filesystem::file_size(dir_ / "potd.db-wal"); };
    for (int i = 0; i < 2000; ++i) {
        put(*journal, "web", Durability::Observation);
        ASSERT_TRUE(loop_.run_until([&] { return recorded_ == i + 1; }));
    }
    // Each commit adds at least two pages, so a log that never restarts has 16 MB. How often it restarts
    // depends on whether the checkpointer is just at work.
    EXPECT_LT(log_size(), 8U << 20U);
    EXPECT_EQ(problems_, std::vector<std::string>{});
}

TEST_F(SqliteJournalTest, CheckpointsWhenIdle) {
    auto set = options();
    set.checkpoint.idle = core::milliseconds(1);
    const Journal journal = open(std::move(set));
    const auto database_size = [&] { return std::filesystem::file_size(dir_ / "potd.db"); };
    const auto before = database_size();
    put(*journal, "web", Durability::Observation);
    EXPECT_TRUE(reaches([&] { return database_size() > before; }));
}

TEST_F(SqliteJournalTest, HistoryDoesNotWaitForAWriterInATransaction) {
    const Journal journal = open(options());
    put(*journal, "web", Durability::Observation);
    ASSERT_TRUE(loop_.run_until([&] { return recorded_ == 1; }));
    const auto history = SqliteHistory::open(dir_ / "potd.db", loop_);
    ASSERT_TRUE(history);
    auto other = Database::open(dir_ / "potd.db", Database::Mode::Write);
    ASSERT_TRUE(other);
    ASSERT_TRUE(other->execute("BEGIN IMMEDIATE; DELETE FROM events;"));
    std::size_t found = 0;
    (*history)->events({}, [&](auto page) { found = page ? page->events.size() : 0; });
    loop_.run();
    EXPECT_EQ(found, 1U);
}

TEST_F(SqliteJournalTest, RefusesWithTheReasonOfTheStore) {
    std::filesystem::create_directory(dir_ / "potd.db");
    const auto opened = SqliteJournal::open(options(), loop_);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().message.find("is a directory"), std::string::npos);
}

}  // namespace
}  // namespace potd::storage
