#include "storage/sqlite/event_stream.hpp"

#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/sqlite_journal.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/plain_spec_codec.hpp"
#include "tests/support/records.hpp"
#include "tests/support/temp_dir.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::storage {
namespace {

using core::EventEpoch;
using Epochs = std::vector<EventEpoch>;

class EventStreamTest : public testing::Test {
  protected:
    Database database() {
        auto opened = open_store(dir_ / "potd.db");
        EXPECT_TRUE(opened);
        return std::move(*opened);
    }
    static void append(Database& database, int number) {
        EXPECT_TRUE(database.execute("INSERT INTO events VALUES (" + std::to_string(number) +
                                     ", 1, 'a', '', '', 0, '')"));
    }
    /// A life of potd that begins in this second.
    static Epochs live(Database& database, const std::string& boot, std::int64_t second) {
        const auto epochs = open_event_stream(database, boot, {second * 1000});
        EXPECT_TRUE(epochs);
        return epochs ? *epochs : Epochs{};
    }

    test::TempDir dir_;
};

TEST_F(EventStreamTest, TheFirstLifeBeginsTheFirstEpoch) {
    Database store = database();
    EXPECT_EQ(live(store, "boot-1", 100), (Epochs{{100, 0}}));
}

TEST_F(EventStreamTest, ADatabaseOfBeforeBeginsAtItsLastEvent) {
    Database store = database();
    append(store, 1);
    append(store, 2);
    EXPECT_EQ(live(store, "boot-1", 100), (Epochs{{100, 2}}));
}

TEST_F(EventStreamTest, KillingPotdChangesNothingInTheSameBoot) {
    Database store = database();
    live(store, "boot-1", 100);
    append(store, 1);
    EXPECT_EQ(live(store, "boot-1", 200), (Epochs{{100, 0}}));
}

TEST_F(EventStreamTest, ANewBootBeginsAnEpochUnlessPotdHadEnded) {
    Database store = database();
    live(store, "boot-1", 100);
    append(store, 1);
    EXPECT_EQ(live(store, "boot-2", 200), (Epochs{{100, 0}, {200, 1}}));
    append(store, 2);
    ASSERT_TRUE(close_event_stream(store));
    EXPECT_EQ(live(store, "boot-3", 300), (Epochs{{100, 0}, {200, 1}})) << "all was on the disk";
    append(store, 3);
    EXPECT_EQ(live(store, "boot-4", 400), (Epochs{{100, 0}, {200, 1}, {400, 3}}));
}

TEST_F(EventStreamTest, AnEndThatDoesNotFitTheEventsIsNone) {
    Database store = database();
    live(store, "boot-1", 100);
    append(store, 1);
    ASSERT_TRUE(close_event_stream(store));
    append(store, 2);
    EXPECT_EQ(live(store, "boot-1", 200), (Epochs{{100, 0}, {200, 2}}));
}

TEST_F(EventStreamTest, AnUnknownBootIsNeverTheSame) {
    Database store = database();
    live(store, "", 100);
    EXPECT_EQ(live(store, "", 200).size(), 2U);
}

TEST_F(EventStreamTest, NumbersRiseWhateverTheClockSays) {
    Database store = database();
    live(store, "boot-1", 100);
    EXPECT_EQ(live(store, "boot-2", 50), (Epochs{{100, 0}, {101, 0}}));
    EXPECT_EQ(live(store, "boot-3", -5), (Epochs{{100, 0}, {101, 0}, {102, 0}}));
}

TEST_F(EventStreamTest, KeepsAThousandEpochs) {
    Database store = database();
    ASSERT_TRUE(store.execute("BEGIN"));
    for (int i = 1; i <= 1000; ++i) {
        ASSERT_TRUE(store.execute("INSERT INTO event_epochs VALUES (" + std::to_string(i) + ", 0)"));
    }
    ASSERT_TRUE(store.execute("COMMIT"));
    const Epochs epochs = live(store, "boot-1", 2000);
    EXPECT_EQ(epochs.size(), 1000U);
    EXPECT_EQ(epochs.front().number, 2U);
    EXPECT_EQ(epochs.back().number, 2000U);
    EXPECT_EQ(live(store, "boot-1", 3000), epochs);
}

TEST_F(EventStreamTest, AProvisionalEpochIsNotStored) {
    Database store = database();
    live(store, "boot-1", 100);
    EXPECT_EQ(*provisional_epochs(store, {200'000}), (Epochs{{100, 0}, {200, 0}}));
    EXPECT_EQ(live(store, "boot-1", 300), (Epochs{{100, 0}}));
}

TEST_F(EventStreamTest, TheJournalClosesWhatItOpened) {
    fakes::ManualExecutor loop;
    std::int64_t second = 100;
    const auto life = [&](const std::string& boot) {
        JournalOptions options;
        options.file = dir_ / "potd.db";
        options.codec = test::plain_spec_codec();
        options.wall = [&] { return core::WallTime{second++ * 1000}; };
        auto journal = SqliteJournal::open(std::move(options), loop);
        EXPECT_TRUE(journal);
        const auto epochs = (*journal)->open_events(boot);
        EXPECT_TRUE(epochs);
        (*journal)->commit({core::AppendEvent{test::make_event("a")}}, core::Durability::Observation, {}, {});
        return *epochs;
    };
    EXPECT_EQ(life("boot-1"), (Epochs{{100, 0}}));
    EXPECT_EQ(life("boot-2"), (Epochs{{100, 0}})) << "it ended in good order";
}

}  // namespace
}  // namespace potd::storage
