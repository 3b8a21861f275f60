#include "tests/system/old_state.hpp"

#include "storage/sqlite/schema.hpp"

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace potd::test {
namespace {

namespace fs = std::filesystem;

/// The first schema whose potd knew hooks, restarts, health and dependencies; an older one left no such
/// fields.
constexpr int supervision = 3;

template <class Value>
Value good(core::Result<Value> result, const std::string& what) {
    if (!result) throw std::runtime_error(what + ": " + result.error().message);
    return std::move(result).value();
}

void execute(storage::Database& database, const std::string& sql) {
    if (const core::Status done = database.execute(sql); !done)
        throw std::runtime_error(sql + ": " + done.error().message);
}

std::vector<std::string> column(storage::Database& database, const std::string& sql) {
    std::vector<std::string> values;
    const core::Status read =
        good(database.statement(sql), sql)->each([&](const storage::Statement& row) -> core::Status {
            values.push_back(row.string(0));
            return {};
        });
    if (!read) throw std::runtime_error(sql + ": " + read.error().message);
    return values;
}

std::vector<std::string> columns_of(storage::Database& database, const std::string& schema,
                                    const std::string& table) {
    return column(database, "SELECT name FROM pragma_table_info('" + table + "', '" + schema + "')");
}

/// What both have of the table, from the later into the earlier.
void copy_table(storage::Database& database, const std::string& table) {
    const auto later = columns_of(database, "later", table);
    const std::set<std::string> known(later.begin(), later.end());
    std::string names;
    for (const std::string& name : columns_of(database, "main", table)) {
        if (known.contains(name)) names += (names.empty() ? "" : ", ") + name;
    }
    if (names.empty()) return;
    // A migration may have put a row in already.
    execute(database, "INSERT OR REPLACE INTO main." + table + " (" + names + ") SELECT " + names +
                          " FROM later." + table);
}

void remove_database(const std::string& file) {
    for (const char* part : {"", "-wal", "-shm"}) fs::remove(file + part);
}

storage::Database open_present(const fs::path& file) {
    return good(storage::Database::open(file, storage::Database::Mode::Write), file.string());
}

}  // namespace

int present_schema() {
    return storage::migrations().back().version;
}

void age_database(const fs::path& file, int schema) {
    const fs::path later = file.string() + ".later";
    {
        storage::Database present = open_present(file);
        execute(present, "VACUUM INTO '" + later.string() + "'");  // with what is in the log beside it
    }
    remove_database(file.string());
    {
        const auto steps = storage::migrations().first(static_cast<std::size_t>(schema));
        storage::Database database = good(storage::open_store(file, steps), file.string());
        execute(database, "PRAGMA foreign_keys = OFF");
        execute(database, "ATTACH '" + later.string() + "' AS later");
        for (const std::string& table :
             column(database, "SELECT name FROM main.sqlite_schema WHERE type = 'table'"))
            copy_table(database, table);
        if (schema < supervision) {
            execute(database,
                    "UPDATE pots SET spec = json_remove(spec, '$.hooks', '$.restart', '$.health', "
                    "'$.depends_on')");
        }
    }
    fs::remove(later);
}

void set_schema(const fs::path& file, int schema) {
    storage::Database database = open_present(file);
    execute(database, "PRAGMA user_version = " + std::to_string(schema));
}

}  // namespace potd::test
