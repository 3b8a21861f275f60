#pragma once

#include "core/base/result.hpp"
#include "core/model/audit.hpp"
#include "core/model/event.hpp"
#include "core/model/event_epochs.hpp"
#include "core/model/operation.hpp"
#include "core/model/run.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::core {

struct RunQuery {
    PotId pot;
    std::uint32_t after = 0;  ///< exclusive; 0 = from the first (ascending) or the last (descending)
    bool descending = false;
    std::size_t limit = 100;
};

/// Runs that are over, of every pot; the newest of a pot never.
struct PrunableQuery {
    WallTime ended_before;
    std::uint32_t keep = 1;  ///< of each pot, the newest; 0 is as 1
};

/// Those of one pot.
struct PrunableRuns {
    PotId pot;
    std::uint32_t first = 0, last = 0;  ///< numbers; not all between them need to go
    std::uint32_t count = 0;
    std::int64_t bytes = 0;  ///< of their hooks' outputs
    friend bool operator==(const PrunableRuns&, const PrunableRuns&) = default;
};

struct EventQuery {
    std::uint64_t since = 0;  ///< exclusive
    std::string type;         ///< exact, or a prefix ending in ".", empty = all
    std::string pot;          ///< name or id, empty = all
    std::size_t limit = 100;
};

struct EventPage {
    std::vector<Event> events;
    EventBounds bounds;  ///< of the store at the moment of the reading, whatever the query
};

struct AuditQuery {
    std::uint64_t after = 0;  ///< exclusive; 0 = from the first (ascending) or the last (descending)
    bool descending = false;
    std::optional<WallTime> since;  ///< inclusive
    std::optional<WallTime> until;  ///< exclusive
    std::string pot;                ///< name or id that the path named, or the name of one that was made
    std::string actor;              ///< exact
    std::optional<AuditOutcome> outcome;
    std::size_t limit = 100;
};

/// What is over, read without waiting for the writer. Loop thread; replies on the loop thread.
class History {
  public:
    virtual ~History() = default;
    virtual void runs(const RunQuery& query, Reply<std::vector<Run>> reply) = 0;
    virtual void run(const RunKey& key, Reply<Run> reply) = 0;
    virtual void prunable(const PrunableQuery& query, Reply<std::vector<PrunableRuns>> reply) = 0;
    virtual void events(const EventQuery& query, Reply<EventPage> reply) = 0;
    /// What was stored as the answer of an operation; NotFound if nothing was.
    virtual void answer(const std::string& operation, Reply<KeptAnswer> reply) = 0;
    /// By number.
    virtual void audit(const AuditQuery& query, Reply<std::vector<AuditRecord>> reply) = 0;
};

}  // namespace potd::core
