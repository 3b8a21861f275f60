#include "storage/sqlite/schema.hpp"

#include "storage/sqlite/transaction.hpp"
#include "storage/sqlite/wal_file.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

namespace potd::storage {
namespace {

namespace fs = std::filesystem;
using core::ErrorKind;
using core::Result;
using core::Status;

core::Error refusal(const fs::path& file, ErrorKind kind, const std::string& why) {
    return core::error(kind, file.string() + ": " + why);
}

core::Error newer_schema(const fs::path& file, std::int64_t found, std::int64_t known) {
    return refusal(file, ErrorKind::Unsupported,
                   "database schema " + std::to_string(found) + " is newer than this potd knows (" +
                       std::to_string(known) + "); use the newer potd");
}

std::int64_t latest(std::span<const Migration> steps) {
    return steps.empty() ? 0 : steps.back().version;
}

// The first page's header as the file has it (https://www.sqlite.org/fileformat.html section 1.3).
// Read by hand first because SQLite, asked to open a file, may already write beside or into it.
constexpr std::size_t header_size = 100;
constexpr std::size_t offset_of_user_version = 60;
constexpr std::size_t offset_of_application_id = 68;
constexpr std::string_view magic("SQLite format 3\0", 16);

using Header = std::array<char, header_size>;

std::int64_t big_endian(const Header& header, std::size_t offset) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = (value << 8U) | static_cast<unsigned char>(header.at(offset + i));
    }
    return value;
}

Status check_header(const fs::path& file, const Header& header, std::size_t size, std::int64_t known) {
    if (size < header_size || !std::string_view(header.data(), size).starts_with(magic)) {
        return refusal(file, ErrorKind::Internal, "is not an SQLite database, or a damaged one");
    }
    if (big_endian(header, offset_of_application_id) != application_id) {
        return refusal(file, ErrorKind::Internal, "is a database of another program, not of potd");
    }
    // The write-ahead log may hold a newer number; that one is asked for once SQLite has opened it.
    const std::int64_t found = big_endian(header, offset_of_user_version);
    if (found > known) return newer_schema(file, found, known);
    return {};
}

/// Looks at the file without SQLite. True: it holds something. False: to be made.
Result<bool> examine(const fs::path& file, std::int64_t known) {
    std::error_code error;
    const fs::file_status status = fs::status(file, error);
    if (status.type() == fs::file_type::not_found) return false;
    if (error) return core::os_error(error.value(), file.string());
    if (status.type() == fs::file_type::directory) {
        return refusal(file, ErrorKind::InvalidArgument, "is a directory, not a database");
    }
    if (status.type() != fs::file_type::regular) {
        return refusal(file, ErrorKind::InvalidArgument, "is not a regular file");
    }
    std::ifstream in(file, std::ios::binary);
    if (!in) return refusal(file, ErrorKind::PermissionDenied, "cannot be read");
    Header header{};
    in.read(header.data(), header.size());
    const auto size = static_cast<std::size_t>(in.gcount());
    if (size == 0) return false;
    if (Status fit = check_header(file, header, size, known); !fit) return std::move(fit).error();
    return true;
}

Result<Database> create(const fs::path& file) {
    Result<Database> database = Database::open(file, Database::Mode::Create);
    if (!database) return database;
    // Specs may hold secrets. The log and its index inherit the mode.
    std::error_code error;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write, error);
    if (error) return core::os_error(error.value(), file.string());
    // Before the switch to WAL, so that the number is in the file itself from its first byte on.
    Status marked = database->execute("PRAGMA application_id = " + std::to_string(application_id));
    if (!marked) return std::move(marked).error();
    return database;
}

Result<Database> open_existing(const fs::path& file, std::int64_t known) {
    Result<Database> database = Database::open(file, Database::Mode::Write);
    if (!database) return database;
    if (!database->writable()) return refusal(file, ErrorKind::PermissionDenied, "may not be written");
    Result<std::int64_t> found = database->pragma("user_version");
    if (found && *found <= known) return database;
    // The log stays as it is: moving it into the file would be a change.
    database->keep_log_on_close();
    if (!found) return std::move(found).error();
    return newer_schema(file, *found, known);
}

Status use_write_ahead_log(Database& database) {
    // NORMAL: a commit is in the file's log when it returns, on disk when WalFile::sync says so.
    if (Status set = database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                      "PRAGMA journal_size_limit = 16777216;");
        !set) {
        return set;
    }
    if (survives_torn_writes(database)) return {};
    return database.execute("PRAGMA synchronous = FULL");
}

Status apply(Database& database, const Migration& step) {
    Result<Transaction> transaction = Transaction::begin(database);
    if (!transaction) return std::move(transaction).error();
    if (Status run = database.execute(std::string(step.sql)); !run) return run;
    Status numbered = database.execute("PRAGMA user_version = " + std::to_string(step.version));
    if (!numbered) return numbered;
    return transaction->commit();
}

Status migrate(Database& database, std::span<const Migration> steps) {
    const Result<std::int64_t> current = database.pragma("user_version");
    if (!current) return current.error();
    for (const Migration& step : steps) {
        if (step.version <= *current) continue;
        if (Status done = apply(database, step); !done) {
            return std::move(done).in("migration " + std::string(step.name));
        }
    }
    return {};
}

}  // namespace

Result<Database> open_store(const fs::path& file, std::span<const Migration> steps) {
    const Result<bool> exists = examine(file, latest(steps));
    if (!exists) return exists.error();
    Result<Database> database = *exists ? open_existing(file, latest(steps)) : create(file);
    if (!database) return database;
    if (Status log = use_write_ahead_log(*database); !log) return std::move(log).error();
    if (Status migrated = migrate(*database, steps); !migrated) return std::move(migrated).error();
    return database;
}

}  // namespace potd::storage
