#include "tests/contract/journal_suite.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd {
namespace {

using core::AppendAudit;
using core::AuditEnd;
using core::AuditEntry;
using core::AuditOutcome;
using core::AuditQuery;
using core::EndAudit;

template <class Adapter>
class AuditJournalContractTest : public test::JournalSuite<Adapter> {
  protected:
    static AuditEntry entry(std::uint64_t number) {
        return {number,
                {static_cast<std::int64_t>(100 * number)},
                "uid " + std::to_string(number),
                "developer",
                "unix pid 7",
                "PATCH",
                "/v1/pots/{name}",
                "/v1/pots/web",
                number == 2 ? "web" : "",
                number == 2 ? "id-2" : "",
                "r-" + std::to_string(number)};
    }
    static AuditEnd end(std::uint64_t number, AuditOutcome outcome) {
        return {number, {1000}, outcome, 200, "op", "/v1/pots/db", {"env", "labels"}};
    }
    std::vector<core::AuditRecord> records(const AuditQuery& query) {
        const auto found = this->template answer_of<std::vector<core::AuditRecord>>(
            [&](auto reply) { this->adapter_.history().audit(query, std::move(reply)); });
        EXPECT_TRUE(found) << found.error().message;
        return *found;
    }
    std::vector<std::uint64_t> numbers(const AuditQuery& query) {
        std::vector<std::uint64_t> found;
        for (const auto& record : records(query)) found.push_back(record.entry.number);
        return found;
    }
};
TYPED_TEST_SUITE(AuditJournalContractTest, test::JournalAdapters);

TYPED_TEST(AuditJournalContractTest, KeepsEntriesAndTheirEnds) {
    ASSERT_TRUE(this->commit({AppendAudit{this->entry(1)}}));
    ASSERT_TRUE(this->commit({AppendAudit{this->entry(2)}, EndAudit{this->end(2, AuditOutcome::Done)}}));
    const auto all = this->records({});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0], (core::AuditRecord{this->entry(1), {}})) << "it has not ended";
    EXPECT_EQ(all[1], (core::AuditRecord{this->entry(2), this->end(2, AuditOutcome::Done)}));
    EXPECT_EQ(this->adapter_.load().last_audit, 2U);
}

TYPED_TEST(AuditJournalContractTest, IsOnlyAddedTo) {
    ASSERT_TRUE(this->commit({AppendAudit{this->entry(2)}, EndAudit{this->end(2, AuditOutcome::Done)}}));
    AuditEntry other = this->entry(2);
    other.actor = "uid 0";
    EXPECT_FALSE(this->commit({AppendAudit{other}}));
    EXPECT_FALSE(this->commit({AppendAudit{this->entry(1)}})) << "behind one that is there";
    EXPECT_FALSE(this->commit({EndAudit{this->end(2, AuditOutcome::Failed)}}));
    EXPECT_EQ(this->records({}),
              (std::vector<core::AuditRecord>{{this->entry(2), this->end(2, AuditOutcome::Done)}}));
    EXPECT_TRUE(this->commit({EndAudit{this->end(9, AuditOutcome::Done)}})) << "its entry is kept no more";
}

TYPED_TEST(AuditJournalContractTest, IsAskedByWhatStandsThere) {
    for (std::uint64_t number = 1; number <= 4; ++number)
        ASSERT_TRUE(this->commit({AppendAudit{this->entry(number)}}));
    ASSERT_TRUE(this->commit(
        {EndAudit{this->end(1, AuditOutcome::Denied)}, EndAudit{this->end(3, AuditOutcome::Done)}}));
    using Numbers = std::vector<std::uint64_t>;
    AuditQuery query;
    EXPECT_EQ(this->numbers(query), (Numbers{1, 2, 3, 4}));
    query.limit = 2;
    query.after = 1;
    EXPECT_EQ(this->numbers(query), (Numbers{2, 3}));
    query.descending = true;
    EXPECT_EQ(this->numbers(query), Numbers{});
    query.after = 0;
    EXPECT_EQ(this->numbers(query), (Numbers{4, 3}));
    AuditQuery in_time;
    in_time.since = core::WallTime{200};
    in_time.until = core::WallTime{400};
    EXPECT_EQ(this->numbers(in_time), (Numbers{2, 3}));
    AuditQuery by;
    by.actor = "uid 3";
    EXPECT_EQ(this->numbers(by), Numbers{3});
    for (const char* pot : {"web", "id-2"}) {
        AuditQuery on;
        on.pot = pot;
        EXPECT_EQ(this->numbers(on), Numbers{2});
    }
    AuditQuery made;
    made.pot = "db";
    EXPECT_EQ(this->numbers(made), (Numbers{1, 3})) << "what was made";
    AuditQuery ended;
    ended.outcome = AuditOutcome::Denied;
    EXPECT_EQ(this->numbers(ended), Numbers{1});
    ended.outcome = AuditOutcome::Unknown;
    EXPECT_EQ(this->numbers(ended), (Numbers{2, 4}));
}

}  // namespace
}  // namespace potd
