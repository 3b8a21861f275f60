#pragma once

#include "core/port/file_system.hpp"
#include "core/port/history.hpp"
#include "core/port/journal.hpp"
#include "core/port/logs.hpp"
#include "core/service/supervisor.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace potd::core {

/// What of the past may go.
struct PastPrune {
    WallTime before;         ///< runs that ended and log files that were last written by then
    std::uint32_t keep = 1;  ///< of each pot, the newest runs or log files stay
    bool dry_run = false;    ///< only say what would go
};

struct PrunedLogs {
    PotId pot;
    LogPruned what;
};

/// Deletes on request what retention would keep: ended runs and log files, pot by pot and a bit at a time, so
/// that nobody waits for it. A pot's newest run always stays, and what a pot that may have a monitor writes
/// to. Loop thread; must outlive what it has begun.
class PastPruner {
  public:
    struct Ports {
        Journal& journal;
        History& history;
        LogReader& logs;
        FileSystem& files;
        const Supervisor& supervisor;
    };

    explicit PastPruner(Ports ports) : ports_(ports) {}

    /// Replies when it is on the disk that they are gone. An error in between leaves some deleted.
    void prune_runs(const PastPrune& what, Reply<std::vector<PrunableRuns>> reply);

    struct LogsDone {
        std::vector<PrunedLogs> pruned;  ///< those of which something went
        std::vector<Error> problems;     ///< one for each pot whose log could not be pruned
    };
    /// Of these pots.
    void prune_logs(const PastPrune& what, std::vector<PotId> pots, std::function<void(LogsDone)> done);

  private:
    struct Removal;
    struct LogWork;
    void remove_next(const std::shared_ptr<Removal>& removal);
    void prune_next_log(const std::shared_ptr<LogWork>& work);

    Ports ports_;
};

}  // namespace potd::core
