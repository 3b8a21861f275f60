#pragma once

#include "core/base/result.hpp"
#include "storage/migration/migration.hpp"
#include "storage/sqlite/database.hpp"

#include <filesystem>
#include <span>

namespace potd::storage {

/// "potd" at offset 68 of the file (PRAGMA application_id): what tells our databases from others'.
inline constexpr std::int64_t application_id = 0x706f7464;

/// Opens the database at `file` for writing, makes it if it is missing (its folder must be there), and
/// brings its schema up to the last of `steps`. Refuses, without changing a byte of it, what is not a
/// database of potd, one of a newer schema, and one that may not be written.
[[nodiscard]] core::Result<Database> open_store(const std::filesystem::path& file,
                                                std::span<const Migration> steps = migrations());

}  // namespace potd::storage
