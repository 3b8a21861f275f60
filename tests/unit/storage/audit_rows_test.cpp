#include "storage/sqlite/audit_rows.hpp"

#include "storage/sqlite/retention.hpp"
#include "storage/sqlite/schema.hpp"
#include "storage/sqlite/transaction.hpp"
#include "tests/support/histories.hpp"
#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::storage {
namespace {

using core::AuditOutcome;
using core::Result;
using AuditNumbers = std::vector<std::uint64_t>;

class AuditRowsTest : public testing::Test {
  protected:
    static void begin(Database& database, std::uint64_t number) {
        core::AuditEntry entry;
        entry.number = number;
        entry.time.ms = static_cast<std::int64_t>(10 * number);
        entry.actor = "uid 0";
        ASSERT_EQ(size_of(entry), each);
        ASSERT_TRUE(put_audit(database, entry));
    }
    static void end(Database& database, std::uint64_t number, AuditOutcome outcome) {
        const core::WallTime time{static_cast<std::int64_t>(10 * number)};
        ASSERT_TRUE(end_audit(database, {number, time, outcome, 200, {}, {}, {}}));
    }
    /// Entry N at the time 10 N, with its end.
    void add(std::uint64_t first, std::uint64_t last, AuditOutcome outcome = AuditOutcome::Done) {
        for (std::uint64_t number = first; number <= last; ++number) {
            begin(database_, number);
            end(database_, number, outcome);
        }
    }
    /// A thousand that were denied from this one on, of which two are under way at a time.
    void flood(std::uint64_t first) {
        Result<Transaction> transaction = Transaction::begin(database_);
        ASSERT_TRUE(transaction);
        for (std::uint64_t number = first; number < first + 1000; number += 2) {
            begin(database_, number);
            begin(database_, number + 1);
            end(database_, number + 1, AuditOutcome::Denied);
            end(database_, number, AuditOutcome::Denied);
        }
        ASSERT_TRUE(transaction->commit());
    }
    AuditNumbers kept(std::optional<AuditOutcome> outcome = std::nullopt) { return kept(database_, outcome); }
    static AuditNumbers kept(Database& database, std::optional<AuditOutcome> outcome = std::nullopt) {
        AuditNumbers numbers;
        core::AuditQuery query;
        query.outcome = outcome;
        query.limit = 1'000'000;
        const auto found = read_audit(database, query);
        EXPECT_TRUE(found);
        for (const auto& record : *found) numbers.push_back(record.entry.number);
        return numbers;
    }
    void pass(const Retention& keep, std::int64_t now) {
        RetentionPass one(database_, keep);
        EXPECT_TRUE(one.needed());
        one.begin({now});
        while (one.under_way()) {
            const auto step = one.step();
            ASSERT_TRUE(step) << step.error().message;
        }
    }
    core::Status sql(const std::string& text) { return database_.execute(text); }

    test::TempDir dir_;
    Database database_{std::move(*open_store(dir_ / "potd.db"))};
    static constexpr std::int64_t each = 165;
};

TEST_F(AuditRowsTest, TheDatabaseRefusesToChangeThem) {
    add(1, 3);
    for (const char* text :
         {"UPDATE audit SET actor = 'uid 9'", "UPDATE audit_ends SET outcome = 'denied'", "DELETE FROM audit",
          "DELETE FROM audit WHERE number = 3", "DELETE FROM audit_ends",
          ("INSERT OR REPLACE INTO audit SELECT number, 1, 'x', '', '', '', '', '', '', '', '', 1, 0 FROM "
           "audit"),
          "INSERT OR REPLACE INTO audit_ends SELECT number, 1, 'failed', 1, '', '', '' FROM audit_ends",
          "DELETE FROM audit_retired", "UPDATE audit_retired SET up_to = -1"}) {
        const core::Status done = sql(text);
        ASSERT_FALSE(done) << text;
        EXPECT_NE(done.error().message.find("the audit log is"), std::string::npos) << done.error().message;
    }
    EXPECT_EQ(kept(), (AuditNumbers{1, 2, 3}));
}

TEST_F(AuditRowsTest, OldOnesGo) {
    add(1, 120);
    pass({.audit_age = core::milliseconds(100)}, 1200);
    EXPECT_EQ(kept().front(), 110U);
    EXPECT_EQ(kept().size(), 11U);
    EXPECT_FALSE(sql("DELETE FROM audit"));
}

TEST_F(AuditRowsTest, WhatIsTooMuchGoes) {
    add(1, 120);
    pass({.audit_size = 20 * each}, 0);
    EXPECT_EQ(kept().front(), 106U) << "a quarter is for those that were denied";
    add(121, 130);
    pass({.audit_size = 20 * each}, 0);
    EXPECT_EQ(kept().front(), 116U);
    EXPECT_EQ(kept().size(), 15U);
}

TEST_F(AuditRowsTest, OfThoseThatWereDeniedAQuarterStays) {
    add(1, 15);
    add(16, 20, AuditOutcome::Denied);
    pass({.audit_size = 20 * each}, 0);
    EXPECT_EQ(kept().size(), 20U) << "that is what fits";
    add(21, 120, AuditOutcome::Denied);
    pass({.audit_size = 20 * each}, 0);
    EXPECT_EQ(kept(AuditOutcome::Denied), (AuditNumbers{116, 117, 118, 119, 120}));
    EXPECT_EQ(kept(AuditOutcome::Done).size(), 15U);
    EXPECT_FALSE(sql("DELETE FROM audit"));
    EXPECT_EQ(kept().size(), 20U);
    add(121, 136);
    pass({.audit_size = 20 * each}, 0);
    EXPECT_EQ(kept().front(), 122U) << "what is older than one that goes goes with it";
    EXPECT_EQ(kept().size(), 15U);
}

TEST_F(AuditRowsTest, AFloodOfDeniedOnesPushesOutNothingElse) {
    add(1, 100);
    add(101, 150, AuditOutcome::Failed);
    begin(database_, 151);  // and does not end
    AuditNumbers others = kept();
    std::uint64_t last = others.back();
    for (unsigned long i = 0; i < test::histories(100); ++i) {
        flood(last + 1);
        last += 1001;
        add(last, last);
        others.push_back(last);
        pass({.audit_size = 64 << 10}, 0);
    }
    const AuditNumbers all = kept(), denied = kept(AuditOutcome::Denied);
    AuditNumbers not_denied;
    std::set_difference(all.begin(), all.end(), denied.begin(), denied.end(), std::back_inserter(not_denied));
    EXPECT_EQ(not_denied, others);
    ASSERT_NEAR(static_cast<double>(denied.size()), (64 << 10) / 4.0 / each, 2);
    EXPECT_EQ(denied.back(), last - 1);
    EXPECT_EQ(denied.front(), last - denied.size()) << "the newest";
}

TEST_F(AuditRowsTest, ThoseThatWereDeniedAreShortenedByTheRetentionAlone) {
    add(1, 1);
    add(2, 4, AuditOutcome::Denied);
    EXPECT_FALSE(sql("DELETE FROM audit WHERE number = 2"));
    EXPECT_FALSE(sql("DELETE FROM audit_ends WHERE number = 2"));
    ASSERT_TRUE(sql("UPDATE audit_retired SET denied_up_to = 3"));
    EXPECT_FALSE(sql("DELETE FROM audit WHERE number = 4"));
    EXPECT_FALSE(sql("DELETE FROM audit WHERE number = 1")) << "nobody was denied that";
    EXPECT_FALSE(sql("DELETE FROM audit_ends WHERE number = 1"));
    EXPECT_FALSE(sql("UPDATE audit_retired SET denied_up_to = 2"));
    EXPECT_FALSE(sql("UPDATE audit_retired SET denied = 0"));
    EXPECT_TRUE(sql("DELETE FROM audit WHERE number = 2"));
    ASSERT_TRUE(sql("UPDATE audit_retired SET denied_up_to = 9"));
    EXPECT_EQ(*read_last_audit(database_), 9U);
    EXPECT_FALSE(put_audit(database_, {9, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}))
        << "it may have been there";
    EXPECT_EQ(kept(), (AuditNumbers{1, 3, 4}));
}

TEST_F(AuditRowsTest, OfAnOlderDatabaseTheyCountAsBeforeAndGoFirst) {
    constexpr std::size_t before = 22;
    {
        Result<Database> older = open_store(dir_ / "older.db", migrations().first(before));
        ASSERT_TRUE(older);
        ASSERT_TRUE(older->execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) INSERT INTO"
            " audit SELECT i, i, 'uid 0', '', '', '', '', '', '', '', '', 165 * i FROM n"));
        ASSERT_TRUE(
            older->execute("INSERT INTO audit_ends SELECT number, 1, iif(number > 10, 'denied', 'done'),"
                           " 200, '', '', '' FROM audit"));
    }
    Result<Database> opened = open_store(dir_ / "older.db");
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_EQ(retire_audit(*opened, {.size = 20 * each}).value(), 5);
    EXPECT_EQ(kept(*opened).front(), 6U);
    for (std::uint64_t number = 21; number <= 30; ++number) {
        begin(*opened, number);
        end(*opened, number, AuditOutcome::Denied);
    }
    EXPECT_EQ(retire_audit(*opened, {.size = 20 * each}).value(), 15);
    EXPECT_EQ(kept(*opened), (AuditNumbers{6, 7, 8, 9, 10, 26, 27, 28, 29, 30}));
}

TEST_F(AuditRowsTest, MuchAtOnceDoesNotWaitForTheNextPass) {
    RetentionPass one(database_, {.audit_size = 1000});
    one.note_audited(100);
    EXPECT_FALSE(one.overflows(0));
    one.note_audited(1);
    EXPECT_TRUE(one.overflows(0));
    one.begin({0});
    EXPECT_FALSE(one.overflows(0));
}

TEST_F(AuditRowsTest, NumbersGoOnWhenAllAreGone) {
    add(1, 5);
    pass({.audit_age = core::milliseconds(1)}, 1'000'000);
    EXPECT_EQ(kept(), AuditNumbers{});
    EXPECT_EQ(*read_last_audit(database_), 5U);
    add(6, 6);
    EXPECT_EQ(kept(), AuditNumbers{6});
}

}  // namespace
}  // namespace potd::storage
