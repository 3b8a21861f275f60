#include "storage/sqlite/audit_rows.hpp"

#include "storage/sqlite/retention.hpp"
#include "storage/sqlite/schema.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::storage {
namespace {

using AuditNumbers = std::vector<std::uint64_t>;

class AuditRowsTest : public testing::Test {
  protected:
    /// Entry N at the time 10 N, with its end.
    void add(std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t number = first; number <= last; ++number) {
            core::AuditEntry entry;
            entry.number = number;
            entry.time.ms = static_cast<std::int64_t>(10 * number);
            entry.actor = "uid 0";
            each_ = size_of(entry);
            ASSERT_TRUE(put_audit(database_, entry));
            ASSERT_TRUE(
                end_audit(database_, {number, entry.time, core::AuditOutcome::Done, 200, {}, {}, {}}));
        }
    }
    AuditNumbers kept() {
        AuditNumbers numbers;
        const auto found = read_audit(database_, {});
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
    std::int64_t each_ = 0;
};

TEST_F(AuditRowsTest, TheDatabaseRefusesToChangeThem) {
    add(1, 3);
    for (const char* text :
         {"UPDATE audit SET actor = 'uid 9'", "UPDATE audit_ends SET outcome = 'denied'", "DELETE FROM audit",
          "DELETE FROM audit WHERE number = 3", "DELETE FROM audit_ends",
          "INSERT OR REPLACE INTO audit SELECT number, 1, 'x', '', '', '', '', '', '', '', '', 1 FROM audit",
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
    pass({.audit_size = 20 * each_}, 0);
    EXPECT_EQ(kept().front(), 101U);
    add(121, 130);
    pass({.audit_size = 20 * each_}, 0);
    EXPECT_EQ(kept().front(), 111U);
    EXPECT_EQ(kept().size(), 20U);
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
