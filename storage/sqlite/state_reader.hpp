#pragma once

#include "core/port/journal.hpp"
#include "storage/spec_codec.hpp"
#include "storage/sqlite/database.hpp"

namespace potd::storage {

/// Everything a starting potd needs, from one consistent view. Pots by id, bases by name. A row that
/// cannot be understood (a spec that does not decode, an unknown state) is an error naming it.
[[nodiscard]] core::Result<core::StoredState> read_state(Database& database, const SpecCodec& codec);

/// The number of the newest event, 0 if there is none.
[[nodiscard]] core::Result<std::uint64_t> read_last_event(Database& database);

}  // namespace potd::storage
