#include "storage/sqlite/database.hpp"
#include "tests/support/temp_dir.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace potd::storage {
namespace {

using core::ErrorKind;
using core::Status;

class StatementTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(database_.execute("CREATE TABLE t (n INTEGER UNIQUE, text TEXT) STRICT"));
    }
    Statement& insert() { return **database_.statement("INSERT INTO t VALUES (?1, ?2)"); }
    std::vector<std::string> texts() {
        std::vector<std::string> found;
        Statement& query = **database_.statement("SELECT text FROM t ORDER BY n");
        EXPECT_TRUE(query.each([&](const Statement& row) -> Status {
            found.push_back(row.is_null(0) ? "NULL" : row.string(0));
            return {};
        }));
        return found;
    }

    test::TempDir dir_;
    Database database_ = Database::open(dir_ / "test.db", Database::Mode::Create).value();
};

TEST_F(StatementTest, BindsAndReadsBack) {
    const std::string_view with_nul("a\0b", 3);
    EXPECT_TRUE(insert().bind(1, std::int64_t{1}).bind(2, with_nul).run());
    EXPECT_TRUE(insert().bind(1, std::int64_t{2}).bind(2, std::string_view{}).run());
    EXPECT_TRUE(insert().bind(1, std::int64_t{3}).bind(2, std::optional<std::int64_t>{}).run());
    EXPECT_EQ(texts(), (std::vector<std::string>{std::string(with_nul), "", "NULL"}));
}

TEST_F(StatementTest, IsReadyAgainAfterAFailure) {
    EXPECT_TRUE(insert().bind(1, std::int64_t{1}).run());
    const Status again = insert().bind(1, std::int64_t{1}).run();
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(insert().bind(1, std::int64_t{2}).run());
}

TEST_F(StatementTest, ReportsAParameterThatDoesNotExist) {
    EXPECT_FALSE(insert().bind(7, std::int64_t{1}).run());
    EXPECT_TRUE(insert().bind(1, std::int64_t{1}).run());
}

TEST_F(StatementTest, ReportsAnUnexpectedRow) {
    Statement& query = **database_.statement("SELECT 1");
    EXPECT_FALSE(query.run());
}

TEST_F(StatementTest, StopsAtTheFirstRowThatIsRefused) {
    ASSERT_TRUE(database_.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')"));
    Statement& query = **database_.statement("SELECT text FROM t");
    int rows = 0;
    const Status read = query.each([&](const Statement&) -> Status {
        ++rows;
        return core::error(ErrorKind::Cancelled, "enough");
    });
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(rows, 1);
    EXPECT_TRUE(database_.execute("DROP TABLE t")) << "the query no longer holds the table";
}

TEST_F(StatementTest, ReportsBadSqlWithTheFile) {
    const auto made = database_.statement("SELEKT 1");
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().kind, ErrorKind::Internal);
    EXPECT_NE(made.error().message.find("test.db"), std::string::npos);
}

}  // namespace
}  // namespace potd::storage
