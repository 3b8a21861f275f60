#include "storage/sqlite/sqlite_error.hpp"

#include <cerrno>
#include <string>

#include <sqlite3.h>

namespace potd::storage {
namespace {

using core::ErrorKind;

struct Meaning {
    ErrorKind kind;
    std::string_view text;  // empty: SQLite's own
};

Meaning meaning_of_constraint(int code) {
    switch (code) {
        case SQLITE_CONSTRAINT_UNIQUE:
        case SQLITE_CONSTRAINT_PRIMARYKEY: return {ErrorKind::Conflict, "exists already"};
        case SQLITE_CONSTRAINT_TRIGGER: return {ErrorKind::Conflict, {}};
        case SQLITE_CONSTRAINT_FOREIGNKEY:
            return {ErrorKind::NotFound, "belongs to something that does not exist"};
        default: return {ErrorKind::Internal, {}};
    }
}

Meaning meaning_of_io(int system_error) {
    switch (system_error) {
        case ENOSPC:
        case EDQUOT: return {ErrorKind::ResourceExhausted, "no space left on the device"};
        case EACCES:
        case EPERM:
        case EROFS: return {ErrorKind::PermissionDenied, "may not be written"};
        default: return {ErrorKind::Internal, "input/output error"};
    }
}

Meaning meaning_of(int code, int system_error) {
    switch (code & 0xff) {
        case SQLITE_FULL: return {ErrorKind::ResourceExhausted, "no space left on the device"};
        case SQLITE_CORRUPT:
            return {ErrorKind::Internal, "the database is damaged; stop potd and restore it from a copy"};
        case SQLITE_NOTADB: return {ErrorKind::Internal, "is not an SQLite database, or a damaged one"};
        case SQLITE_READONLY: return {ErrorKind::PermissionDenied, "may not be written"};
        case SQLITE_CANTOPEN: return {ErrorKind::PermissionDenied, "cannot be opened"};
        case SQLITE_PERM:
        case SQLITE_AUTH: return {ErrorKind::PermissionDenied, "access denied"};
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return {ErrorKind::Unavailable, "locked by another process"};
        case SQLITE_NOMEM: return {ErrorKind::ResourceExhausted, "out of memory"};
        case SQLITE_TOOBIG: return {ErrorKind::TooLarge, "too large for the database"};
        case SQLITE_CONSTRAINT: return meaning_of_constraint(code);
        case SQLITE_IOERR: return meaning_of_io(system_error);
        default: return {ErrorKind::Internal, {}};
    }
}

}  // namespace

core::Error sqlite_error(sqlite3* database, int code, std::string_view what) {
    const int system_error = database != nullptr ? sqlite3_system_errno(database) : 0;
    const bool speaks = database != nullptr && sqlite3_extended_errcode(database) == code;
    const std::string_view own = speaks ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    const Meaning meaning = meaning_of(code, system_error);

    core::Error result = core::error(meaning.kind, std::string(what) + ": ");
    if (meaning.text.empty()) {
        result.message += own;
    } else {
        result.message.append(meaning.text).append(" (").append(own).append(")");
    }
    result.os_error = system_error;
    return result;
}

}  // namespace potd::storage
