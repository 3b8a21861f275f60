#include "storage/sqlite/schema.hpp"

#include "tests/support/temp_dir.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace potd::storage {
namespace {

namespace fs = std::filesystem;
using core::ErrorKind;
using core::Result;
using test::read_file;
using test::write_file;

constexpr uid_t nobody = 65534;

/// Acts as nobody while it lives, because root may write everywhere.
class AsNobody {
  public:
    AsNobody() : root_(::geteuid() == 0) {
        if (root_ && ::seteuid(nobody) != 0) ADD_FAILURE() << "cannot become nobody";
    }
    ~AsNobody() {
        if (root_ && ::seteuid(0) != 0) ADD_FAILURE() << "cannot become root again";
    }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;

  private:
    bool root_;
};

class SchemaTest : public testing::Test {
  protected:
    /// Expects a refusal that leaves the database and its log as they were.
    core::Error refusal() {
        const std::string before = read_file(file_);
        const std::string log_before = read_file(log_);
        const Result<Database> opened = open_store(file_);
        EXPECT_TRUE(read_file(file_) == before);
        EXPECT_TRUE(read_file(log_) == log_before);
        EXPECT_FALSE(opened);
        return opened ? core::Error{} : opened.error();
    }
    bool says(const core::Error& error, std::string_view text) {
        return error.message.find(text) != std::string::npos;
    }

    test::TempDir dir_;
    fs::path file_ = dir_ / "potd.db";
    fs::path log_ = dir_ / "potd.db-wal";
};

TEST_F(SchemaTest, MakesADatabaseOfItsOwn) {
    Result<Database> made = open_store(file_);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(*made->pragma("application_id"), application_id);
    EXPECT_EQ(*made->pragma("user_version"), static_cast<std::int64_t>(migrations().size()));
    EXPECT_EQ(*made->pragma("foreign_keys"), 1);
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(SchemaTest, OpensItsOwnAgain) {
    ASSERT_TRUE(open_store(file_));
    const std::string before = read_file(file_);
    EXPECT_TRUE(open_store(file_));
    EXPECT_TRUE(read_file(file_) == before);
}

TEST_F(SchemaTest, AppliesOnlyTheStepsThatAreMissing) {
    constexpr std::array first{Migration{1, "0001_a.sql", "CREATE TABLE a (n INTEGER) STRICT"}};
    constexpr std::array both{first[0], Migration{2, "0002_b.sql", "INSERT INTO a VALUES (7)"}};
    ASSERT_TRUE(open_store(file_, first));
    ASSERT_TRUE(open_store(file_, both));
    Result<Database> opened = open_store(file_, both);
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened->pragma("user_version"), 2);
    const auto count = opened->statement("SELECT count(*) FROM a");
    ASSERT_TRUE(count);
    EXPECT_TRUE((*count)->each([](const Statement& row) -> core::Status {
        EXPECT_EQ(row.integer(0), 1);
        return {};
    }));
}

TEST_F(SchemaTest, SupervisionTakesOverThePotsOfTheFirstSchema) {
    const auto stage_of = [&](const std::string& pot) {
        Result<Database> opened = open_store(file_);
        std::string stage;
        EXPECT_TRUE((*opened->statement("SELECT stage FROM runs WHERE pot = '" + pot + "'"))
                        ->each([&](const Statement& row) -> core::Status {
                            stage = row.string(0);
                            return {};
                        }));
        return stage;
    };
    {
        Result<Database> first = open_store(file_, migrations().first(1));
        ASSERT_TRUE(first);
        const auto add = [&](const std::string& pot, const std::string& state, const std::string& ended_at) {
            ASSERT_TRUE(first->execute("INSERT INTO pots VALUES ('" + pot + "', '" + pot + "', '" + state +
                                       "', 'stopped', 1, 1, 1, 'overlay', '', '{}')"));
            ASSERT_TRUE(first->execute("INSERT INTO runs VALUES ('" + pot +
                                       "', 1, 1, 1, 1, 1, 1, 1, 1, 1, 'b', " + ended_at +
                                       ", NULL, NULL, 0, 0, '', NULL)"));
        };
        add("a", "starting", "NULL");
        add("b", "running", "NULL");
        add("c", "stopping", "NULL");
        add("d", "stopping", "9");
        add("e", "stopped", "9");
    }
    EXPECT_EQ(stage_of("a"), "launching");
    EXPECT_EQ(stage_of("b"), "up");
    EXPECT_EQ(stage_of("c"), "ending");
    EXPECT_EQ(stage_of("d"), "releasing");
    EXPECT_EQ(stage_of("e"), "done");
}

TEST_F(SchemaTest, VolumesComeToAStoreThatHasOperations) {
    constexpr std::size_t without_volumes = 6;
    {
        Result<Database> before = open_store(file_, migrations().first(without_volumes));
        ASSERT_TRUE(before);
        ASSERT_TRUE(
            before->execute("INSERT INTO operations (id, kind, state, begun, pot, pot_id, run, base,"
                            " created_at) VALUES ('01A', 'start', 'done', 1, 'web', 'a', 1, '', 1)"));
    }
    Result<Database> opened = open_store(file_);
    ASSERT_TRUE(opened) << opened.error().message;
    const auto kept = opened->statement("SELECT pot, volume FROM operations");
    ASSERT_TRUE(kept) << kept.error().message;
    int rows = 0;
    EXPECT_TRUE((*kept)->each([&](const Statement& row) -> core::Status {
        EXPECT_EQ(row.string(0), "web");
        EXPECT_EQ(row.string(1), "");
        ++rows;
        return {};
    }));
    EXPECT_EQ(rows, 1);
    EXPECT_TRUE(opened->execute("INSERT INTO volumes (name, created_at) VALUES ('site', 1)"));
    EXPECT_FALSE(opened->execute("INSERT INTO volumes VALUES ('site', 2)"));
}

TEST_F(SchemaTest, OperationsOfATokenAreItsAloneWhoeverHasItsNameLater) {
    constexpr std::size_t by_name = 23;
    {
        Result<Database> before = open_store(file_, migrations().first(by_name));
        ASSERT_TRUE(before);
        ASSERT_TRUE(
            before->execute("INSERT INTO tokens (name, role, selector, hash, made_by, created_at)"
                            " VALUES ('ci', 'admin', '', 'aa', 'uid 0', 10)"));
        const auto add = [&](const std::string& id, const std::string& by, int at, const std::string& print) {
            ASSERT_TRUE(before->execute(
                "INSERT INTO operations (id, kind, state, begun, pot, pot_id, run, base, created_at,"
                " fingerprint, asked_by) VALUES ('" +
                id + "', 'start', 'done', 1, 'web', 'a', 1, '', " + std::to_string(at) + ", '" + print +
                "', '" + by + "')"));
        };
        add("01A", "token ci", 10, "f00 token ci");
        add("01B", "token ci", 9, "f00 token ci");
        add("01C", "token other", 11, "f00 token other");
        add("01D", "uid 7", 11, "f00");
        add("01E", "token ci", 11, "");
    }
    Result<Database> opened = open_store(file_);
    ASSERT_TRUE(opened) << opened.error().message;
    std::vector<std::string> rows;
    EXPECT_TRUE((*opened->statement("SELECT asked_by, fingerprint FROM operations ORDER BY id"))
                    ->each([&](const Statement& row) -> core::Status {
                        rows.push_back(row.string(0) + "|" + row.string(1));
                        return {};
                    }));
    EXPECT_EQ(rows, (std::vector<std::string>{"token ci aa|f00", "token ci|f00", "token other|f00",
                                              "uid 7|f00", "token ci aa|"}));
}

TEST_F(SchemaTest, SecretsComeToAStoreThatHasPotsAndGoWithThem) {
    constexpr std::size_t without_secrets = 21;
    {
        Result<Database> before = open_store(file_, migrations().first(without_secrets));
        ASSERT_TRUE(before);
        EXPECT_FALSE(before->statement("SELECT * FROM pot_secrets"));
        ASSERT_TRUE(
            before->execute("INSERT INTO pots (id, name, state, desired, created_at, changed_at, version,"
                            " driver, last_error, spec) VALUES ('a', 'web', 'created', 'stopped', 1, 1, 1,"
                            " 'overlay', '', '{}')"));
    }
    Result<Database> opened = open_store(file_);
    ASSERT_TRUE(opened) << opened.error().message;
    const std::string put = "INSERT INTO pot_secrets VALUES ('a', 'KEY', '00')";
    ASSERT_TRUE(opened->execute(put));
    EXPECT_FALSE(opened->execute(put)) << "one of a name";
    EXPECT_FALSE(opened->execute("INSERT INTO pot_secrets VALUES ('b', 'KEY', '00')")) << "of no pot";
    ASSERT_TRUE(opened->execute("DELETE FROM pots"));
    int rows = 0;
    EXPECT_TRUE(
        (*opened->statement("SELECT pot FROM pot_secrets"))->each([&](const Statement&) -> core::Status {
            ++rows;
            return {};
        }));
    EXPECT_EQ(rows, 0);
}

TEST_F(SchemaTest, AStepThatFailsChangesNothingAndIsNamed) {
    constexpr std::array good{Migration{1, "0001_a.sql", "CREATE TABLE a (n INTEGER) STRICT"}};
    constexpr std::array bad{good[0], Migration{2, "0002_b.sql", "CREATE TABLE b (n INTEGER); NONSENSE"}};
    ASSERT_TRUE(open_store(file_, good));
    const Result<Database> failed = open_store(file_, bad);
    ASSERT_FALSE(failed);
    EXPECT_TRUE(says(failed.error(), "migration 0002_b.sql")) << failed.error().message;
    Result<Database> opened = open_store(file_, good);
    ASSERT_TRUE(opened);
    EXPECT_EQ(*opened->pragma("user_version"), 1);
    EXPECT_FALSE(opened->statement("SELECT * FROM b"));
}

TEST_F(SchemaTest, RefusesANewerSchema) {
    ASSERT_TRUE(open_store(file_)->execute("PRAGMA user_version = 99"));
    const core::Error error = refusal();
    EXPECT_EQ(error.kind, ErrorKind::Unsupported);
    EXPECT_TRUE(says(error, "database schema 99 is newer than this potd knows (" +
                                std::to_string(migrations().size()) + "); use the newer potd"))
        << error.message;
}

TEST_F(SchemaTest, RefusesANewerSchemaThatIsStillInTheLog) {
    {
        Result<Database> newer = open_store(file_);
        ASSERT_TRUE(newer);
        newer->keep_log_on_close();
        ASSERT_TRUE(newer->execute("PRAGMA user_version = 99"));
    }
    ASSERT_FALSE(read_file(log_).empty());
    EXPECT_TRUE(says(refusal(), "database schema 99 is newer"));
}

TEST_F(SchemaTest, RefusesWhatIsNoDatabase) {
    write_file(file_, "pots:\n- web\n");
    EXPECT_TRUE(says(refusal(), "not an SQLite database"));
    write_file(file_, std::string(8192, 'x'));
    EXPECT_EQ(refusal().kind, ErrorKind::Internal);
    write_file(file_, std::string("SQLite format 3\0", 16));
    EXPECT_TRUE(says(refusal(), "damaged"));
}

TEST_F(SchemaTest, RefusesTheDatabaseOfAnotherProgram) {
    ASSERT_TRUE(Database::open(file_, Database::Mode::Create)->execute("CREATE TABLE mine (n INTEGER)"));
    EXPECT_TRUE(says(refusal(), "another program"));
}

TEST_F(SchemaTest, TurnsDamageInsideIntoAClearError) {
    ASSERT_TRUE(open_store(file_));
    std::string content = read_file(file_);
    ASSERT_GT(content.size(), 8192U);
    std::fill(content.begin() + 100, content.end(), '\x5a');
    write_file(file_, content);
    const core::Error error = refusal();
    EXPECT_EQ(error.kind, ErrorKind::Internal);
    EXPECT_TRUE(says(error, "damaged")) << error.message;
}

TEST_F(SchemaTest, RefusesADirectory) {
    fs::create_directory(file_);
    const Result<Database> opened = open_store(file_);
    ASSERT_FALSE(opened);
    EXPECT_TRUE(says(opened.error(), "is a directory"));
    EXPECT_TRUE(fs::is_empty(file_));
}

TEST_F(SchemaTest, RefusesAMissingFolder) {
    const Result<Database> opened = open_store(dir_ / "missing" / "potd.db");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::PermissionDenied);
    EXPECT_TRUE(says(opened.error(), "missing/potd.db: cannot be opened")) << opened.error().message;
}

TEST_F(SchemaTest, RefusesAFileThatMayNotBeWritten) {
    ASSERT_TRUE(open_store(file_));
    fs::permissions(file_, fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read);
    fs::permissions(dir_.path(), fs::perms::all);
    const AsNobody nobody_now;
    const core::Error error = refusal();
    EXPECT_EQ(error.kind, ErrorKind::PermissionDenied);
    EXPECT_TRUE(says(error, "may not be written")) << error.message;
}

TEST_F(SchemaTest, RefusesAFolderThatMayNotBeWritten) {
    fs::permissions(dir_.path(), fs::perms::owner_read | fs::perms::owner_exec | fs::perms::group_exec |
                                     fs::perms::others_read | fs::perms::others_exec);
    {
        const AsNobody nobody_now;
        const Result<Database> opened = open_store(file_);
        ASSERT_FALSE(opened);
        EXPECT_EQ(opened.error().kind, ErrorKind::PermissionDenied);
    }
    fs::permissions(dir_.path(), fs::perms::owner_all);
    EXPECT_TRUE(fs::is_empty(dir_.path()));
}

}  // namespace
}  // namespace potd::storage
