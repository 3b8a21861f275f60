#pragma once

#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/model/event_epochs.hpp"
#include "storage/sqlite/database.hpp"

#include <string>
#include <vector>

namespace potd::storage {

// Whether the store may have lost events that were told: it may, unless the potd before ended in good order
// or the machine has not been booted since (what kill -9 leaves is in the system's memory).

/// Begins a life of potd in which events are told: continues the present epoch or adds one, and marks the
/// stream as open. Outside a transaction; the caller brings it to the disk before the first event is told.
/// The newest 1000 epochs are kept. Returns them, oldest first.
[[nodiscard]] core::Result<std::vector<core::EventEpoch>> open_event_stream(Database& database,
                                                                            const std::string& boot_id,
                                                                            core::WallTime now);

/// The epochs of a store that cannot be written: those it has and one that nobody will know again, so that
/// who saw events of it is told that they may be lost.
[[nodiscard]] core::Result<std::vector<core::EventEpoch>> provisional_epochs(Database& database,
                                                                             core::WallTime now);

/// Marks a good end; everything recorded must be on the disk already.
[[nodiscard]] core::Status close_event_stream(Database& database);

}  // namespace potd::storage
