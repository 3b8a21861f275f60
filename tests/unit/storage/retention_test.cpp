#include "storage/sqlite/retention.hpp"

#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/sqlite_journal.hpp"
#include "tests/fakes/manual_loop.hpp"
#include "tests/support/plain_spec_codec.hpp"
#include "tests/support/records.hpp"
#include "tests/support/temp_dir.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::storage {
namespace {

using core::milliseconds;
using Numbers = std::vector<std::int64_t>;

class RetentionTest : public testing::Test {
  protected:
    RetentionTest() : database_(std::move(*open_store(dir_ / "potd.db"))) {}

    void run_sql(const std::string& sql) {
        const core::Status done = database_.execute(sql);
        ASSERT_TRUE(done) << done.error().message;
    }
    /// Event N at the time 10 N.
    void add_events(int count) {
        run_sql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
                std::to_string(count) + ") INSERT INTO events SELECT i, 10 * i, 'a', '', '', 0, '' FROM n");
    }
    void add_pot(const std::string& id) {
        run_sql(
            "INSERT INTO pots (id, name, state, desired, created_at, changed_at, version, driver,"
            " last_error, spec) VALUES ('" +
            id + "', '" + id + "', 'stopped', 'stopped', 1, 1, 1, 'dir', '', '{}')");
    }
    void add_run(const std::string& pot, int number, const std::string& ended_at) {
        run_sql(
            "INSERT INTO runs (pot, number, requested_at, monitor_pid, monitor_start, init_pid, init_start,"
            " main_pid, main_start, boot_id, ended_at) VALUES ('" +
            pot + "', " + std::to_string(number) + ", 1, 0, 0, 0, 0, 0, 0, 'b', " + ended_at + ")");
    }
    void add_hook(const std::string& pot, int run, int position, std::size_t size) {
        run_sql(
            "INSERT INTO run_hooks (pot, run, position, stage, spec_index, attempt, started_at, output)"
            " VALUES ('" +
            pot + "', " + std::to_string(run) + ", " + std::to_string(position) + ", 'poststop', 0, 1, 1, '" +
            std::string(size, 'x') + "')");
    }
    /// The first column, in the query's order.
    Numbers column(const std::string& sql) {
        Numbers numbers;
        const auto query = database_.statement(sql);
        EXPECT_TRUE(query) << query.error().message;
        EXPECT_TRUE((*query)->each([&](const Statement& row) -> core::Status {
            numbers.push_back(row.integer(0));
            return {};
        }));
        return numbers;
    }
    /// First, last and number of the events, of one moment.
    Numbers ends() {
        return column(
            "SELECT min(number) FROM events UNION ALL SELECT max(number) FROM events"
            " UNION ALL SELECT count(*) FROM events");
    }
    /// A whole pass; the number of steps that deleted something.
    int pass(Retention keep, std::int64_t now = 0) {
        RetentionPass one(database_, keep);
        one.begin({now});
        int changes = 0;
        while (one.under_way()) {
            const auto changed = one.step();
            EXPECT_TRUE(changed) << changed.error().message;
            if (!changed) break;
            if (*changed) ++changes;
        }
        return changes;
    }

    test::TempDir dir_;
    Database database_;
};

TEST_F(RetentionTest, KeepsTheNewestEventsInSteps) {
    add_events(1700);
    EXPECT_EQ(pass({.events = 100}), 32);
    EXPECT_EQ(ends(), (Numbers{1601, 1700, 100}));
    EXPECT_EQ(pass({.events = 100}), 0);
}

TEST_F(RetentionTest, NoStepDeletesMoreThanItsShare) {
    add_events(1700);
    RetentionPass one(database_, {.events = 100});
    one.begin({0});
    std::int64_t before = 1700;
    while (one.under_way()) {
        ASSERT_TRUE(one.step());
        const std::int64_t now = ends()[2];
        EXPECT_LE(before - now, RetentionPass::rows_per_step);
        EXPECT_EQ(ends()[1] - ends()[0] + 1, now) << "a gap";
        before = now;
    }
    EXPECT_EQ(before, 100);
}

TEST_F(RetentionTest, DeletesOldEvents) {
    add_events(1000);
    EXPECT_EQ(pass({.event_age = milliseconds(100)}, 8000), 16);
    EXPECT_EQ(ends(), (Numbers{790, 1000, 211})) << "event 790 is just as old as may be";
}

TEST_F(RetentionTest, BothLimitsHold) {
    add_events(100);
    EXPECT_EQ(pass({.events = 50, .event_age = milliseconds(100)}, 300), 1);
    EXPECT_EQ(ends()[0], 51);
    EXPECT_EQ(pass({.events = 50, .event_age = milliseconds(100)}, 800), 1);
    EXPECT_EQ(ends()[0], 70);
}

TEST_F(RetentionTest, TheNewestEventStays) {
    add_events(10);
    pass({.event_age = milliseconds(1)}, 1'000'000);
    EXPECT_EQ(ends(), (Numbers{10, 10, 1}));
    run_sql("DELETE FROM events");
    EXPECT_EQ(pass({.events = 1}), 0);
}

TEST_F(RetentionTest, AnEventFromTheFutureHoldsBackThoseBehindIt) {
    add_events(100);
    run_sql("UPDATE events SET time = 1000000000 WHERE number = 20");
    pass({.event_age = milliseconds(1)}, 1'000'000);
    EXPECT_EQ(ends(), (Numbers{20, 100, 81}));
    pass({.events = 10, .event_age = milliseconds(1)}, 1'000'000);
    EXPECT_EQ(ends()[0], 100) << "the count does not look at the clock, and behind it all are old";
}

TEST_F(RetentionTest, WithoutLimitsNothingGoes) {
    add_events(10);
    EXPECT_FALSE(RetentionPass(database_, {}).needed());
    EXPECT_EQ(pass({}, 1'000'000), 0);
    EXPECT_EQ(ends()[2], 10);
}

TEST_F(RetentionTest, DeletesOldRunsButTheNewestAndThoseThatLive) {
    for (const char* pot : {"a", "b", "c"}) add_pot(pot);
    for (int number = 1; number <= 4; ++number) add_run("a", number, std::to_string(100 * number));
    add_run("b", 7, "1");
    add_run("c", 1, "NULL");
    add_run("c", 2, "NULL");
    add_hook("a", 1, 0, 5);
    pass({.run_age = milliseconds(700)}, 1000);
    EXPECT_EQ(column("SELECT number FROM runs WHERE pot = 'a' ORDER BY 1"), (Numbers{3, 4}));
    pass({.run_age = milliseconds(1)}, 1'000'000);
    EXPECT_EQ(column("SELECT number FROM runs ORDER BY pot, number"), (Numbers{4, 7, 1, 2}));
    EXPECT_EQ(column("SELECT count(*) FROM run_hooks"), Numbers{0});
}

TEST_F(RetentionTest, DeletesManyRunsInSteps) {
    add_pot("a");
    run_sql(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) INSERT INTO runs"
        " (pot, number, requested_at, monitor_pid, monitor_start, init_pid, init_start, main_pid,"
        " main_start, boot_id, ended_at) SELECT 'a', i, 1, 0, 0, 0, 0, 0, 0, 'b', i FROM n");
    EXPECT_EQ(pass({.run_age = milliseconds(1)}, 1'000'000), 24);
    EXPECT_EQ(column("SELECT number FROM runs"), Numbers{1200});
}

TEST_F(RetentionTest, EmptiesTheOldestHookOutputs) {
    add_pot("a");
    add_pot("b");
    for (int number = 1; number <= 4; ++number) {
        add_run("a", number, "1");
        add_hook("a", number, 0, 400);
        add_hook("a", number, 1, 300);
    }
    add_run("b", 1, "1");
    add_hook("b", 1, 0, 5000);
    EXPECT_EQ(pass({.hook_output = 1000}), 1);
    // Of runs 3 and 2, newest first: 300 + 400 + 300; the newest run does not count.
    EXPECT_EQ(column("SELECT length(output) FROM run_hooks WHERE pot = 'a' ORDER BY run, position"),
              (Numbers{0, 0, 0, 300, 400, 300, 400, 300}));
    EXPECT_EQ(column("SELECT count(*) FROM run_hooks WHERE truncated = 1"), Numbers{3});
    EXPECT_EQ(column("SELECT length(output) FROM run_hooks WHERE pot = 'b'"), Numbers{5000});
    EXPECT_EQ(pass({.hook_output = 1000}), 0);
}

TEST_F(RetentionTest, SaysWhenItShouldNotWait) {
    add_events(1000);
    RetentionPass one(database_, {.events = 100});
    EXPECT_FALSE(one.overflows(0));
    EXPECT_FALSE(one.overflows(109));
    EXPECT_TRUE(one.overflows(110));
    one.begin({0});
    while (one.under_way()) ASSERT_TRUE(one.step());
    EXPECT_FALSE(one.overflows(1000));
    EXPECT_FALSE(one.overflows(1009));
    EXPECT_TRUE(one.overflows(1010));
}

TEST_F(RetentionTest, TheJournalRunsPassesBetweenCommits) {
    fakes::ManualExecutor loop;
    JournalOptions options;
    options.file = dir_ / "potd.db";
    options.codec = test::plain_spec_codec();
    options.retention.events = 20;
    std::vector<std::string> problems;
    options.on_problem = [&](const core::Error& error) { problems.push_back(error.message); };
    auto journal = SqliteJournal::open(std::move(options), loop);
    ASSERT_TRUE(journal);
    std::uint64_t last = 0;
    for (int i = 0; i < 3000; ++i) {
        (*journal)->commit({core::AppendEvent{test::make_event("a")}}, core::Durability::Observation,
                           [&](auto events) { last = events->front().number; }, {});
    }
    ASSERT_TRUE(loop.run_until([&] { return last == 3000; }));
    // Nobody commits any more: the pass comes to its end by itself.
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    const auto tidied = [&] { return ends()[2] <= 22 && (*journal)->figures().passes >= 1; };
    while (!tidied() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    EXPECT_LE(ends()[2], 22) << "a tenth more may stay";
    const Numbers now = ends();
    EXPECT_EQ(now[1], 3000);
    EXPECT_EQ(now[1] - now[0] + 1, now[2]) << "a gap";
    EXPECT_GE((*journal)->figures().passes, 1U);
    EXPECT_EQ((*journal)->load()->last_event, 3000U);
    journal->reset();
    loop.run();
    EXPECT_EQ(problems, std::vector<std::string>{});
}

}  // namespace
}  // namespace potd::storage
