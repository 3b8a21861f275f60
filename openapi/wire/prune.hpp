#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

struct PruneRequest {
    std::optional<bool> dry_run;                    ///< only say what would go
    std::optional<std::vector<std::string>> kinds;  ///< pots, bases, runs, logs; absent: pots
    std::optional<bool> bases;                      ///< as bases among the kinds
    std::optional<std::string> grace;               ///< spare pots that ended a shorter time ago
    std::optional<std::string> older_than;          ///< spare runs and logs that ended a shorter time ago
    std::optional<std::uint32_t> keep;              ///< of each pot, the newest runs and log files that stay
    friend bool operator==(const PruneRequest&, const PruneRequest&) = default;
};

struct PrunedRuns {
    std::string pot;
    std::uint32_t runs = 0;
    std::int64_t bytes = 0;  ///< of their hooks' outputs
    friend bool operator==(const PrunedRuns&, const PrunedRuns&) = default;
};

struct PrunedLogs {
    std::string pot;
    std::uint32_t files = 0;
    std::int64_t bytes = 0;
    friend bool operator==(const PrunedLogs&, const PrunedLogs&) = default;
};

struct PruneResult {
    std::vector<std::string> removed;  ///< pots
    std::vector<std::string> bases;
    std::vector<PrunedRuns> runs;
    std::vector<PrunedLogs> logs;
    std::int64_t bytes = 0;             ///< of bases, hook outputs and log files
    std::vector<std::string> problems;  ///< what could not be removed
    friend bool operator==(const PruneResult&, const PruneResult&) = default;
};

}  // namespace potd::wire
