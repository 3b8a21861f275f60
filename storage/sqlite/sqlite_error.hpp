#pragma once

#include "core/base/error.hpp"

#include <string_view>

struct sqlite3;

namespace potd::storage {

/// What an extended SQLite result code means to a caller: a full disk is ResourceExhausted, a busy
/// database Unavailable, one that may not be opened or written PermissionDenied, a broken one Internal
/// with advice. A violated UNIQUE is Conflict, a violated foreign key NotFound.
/// `database` may be null; else its message and errno are used.
[[nodiscard]] core::Error sqlite_error(sqlite3* database, int code, std::string_view what);

}  // namespace potd::storage
