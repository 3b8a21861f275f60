#include "storage/sqlite/transaction.hpp"

#include "tests/support/temp_dir.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace potd::storage {
namespace {

class TransactionTest : public testing::Test {
  protected:
    void SetUp() override { ASSERT_TRUE(database_.execute("CREATE TABLE t (n INTEGER) STRICT")); }
    std::int64_t rows() {
        std::int64_t count = -1;
        Statement& query = **database_.statement("SELECT count(*) FROM t");
        EXPECT_TRUE(query.each([&](const Statement& row) -> core::Status {
            count = row.integer(0);
            return {};
        }));
        return count;
    }

    test::TempDir dir_;
    Database database_ = Database::open(dir_ / "test.db", Database::Mode::Create).value();
};

TEST_F(TransactionTest, RollsBackWhatIsNotCommitted) {
    {
        auto transaction = Transaction::begin(database_);
        ASSERT_TRUE(transaction);
        ASSERT_TRUE(database_.execute("INSERT INTO t VALUES (1)"));
    }
    EXPECT_EQ(rows(), 0);
}

TEST_F(TransactionTest, KeepsWhatIsCommitted) {
    auto transaction = Transaction::begin(database_);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database_.execute("INSERT INTO t VALUES (1)"));
    EXPECT_TRUE(transaction->commit());
    EXPECT_EQ(rows(), 1);
}

TEST_F(TransactionTest, DoesNotNest) {
    auto outer = Transaction::begin(database_);
    ASSERT_TRUE(outer);
    EXPECT_FALSE(Transaction::begin(database_));
}

}  // namespace
}  // namespace potd::storage
