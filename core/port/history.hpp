#pragma once

#include "core/base/result.hpp"
#include "core/model/event.hpp"
#include "core/model/run.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace potd::core {

struct RunQuery {
    PotId pot;
    std::uint32_t after = 0;  ///< exclusive; 0 = from the first (ascending) or the last (descending)
    bool descending = false;
    std::size_t limit = 100;
};

struct EventQuery {
    std::uint64_t since = 0;  ///< exclusive
    std::string type;         ///< exact, or a prefix ending in ".", empty = all
    std::string pot;          ///< name or id, empty = all
    std::size_t limit = 100;
};

/// What is over, read without waiting for the writer. Loop thread; replies on the loop thread.
class History {
  public:
    virtual ~History() = default;
    virtual void runs(const RunQuery& query, Reply<std::vector<Run>> reply) = 0;
    virtual void run(const RunKey& key, Reply<Run> reply) = 0;
    virtual void events(const EventQuery& query, Reply<std::vector<Event>> reply) = 0;
};

}  // namespace potd::core
