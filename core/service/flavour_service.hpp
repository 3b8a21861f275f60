#pragma once

#include "core/model/flavour.hpp"
#include "core/port/exec.hpp"
#include "core/port/executor.hpp"
#include "core/port/flavour_files.hpp"
#include "core/port/pot_files.hpp"
#include "core/service/file_copies.hpp"
#include "core/service/operation_outputs.hpp"
#include "core/service/operation_service.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/snapshot_service.hpp"
#include "core/service/supervisor.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

class FlavourRun;

/// A flavour that was read and understood.
struct FlavourPlan {
    std::string name;
    std::string directory;
    FlavourCommands commands;
    std::optional<std::string> script;
    PotSpec spec;  ///< the pot's after the commands
};

/// What ends the work on a pot in the place of the transaction by which it is finished.
struct FlavourCompletion {
    /// Called with the pot at rest, the spec it is to have and whether the work has failed or was cancelled
    /// meanwhile. `done` with an error undoes the flavours.
    std::function<void(const PotPtr& pot, const PotSpec& own, std::function<bool()> is_over,
                       Reply<PotPtr> done)>
        run;
    std::function<void()> cancel;  ///< makes it reply soon
};

/// New pots with flavours. Everything is read and checked before a pot is made; from then on it is unfinished
/// until the last flavour is through. One that fails takes the pot along, unless that is to be kept; so does
/// a crash of potd, at the next start. Loop thread only; replies come later.
class FlavourService {
  public:
    struct Ports {
        FlavourFiles& files;
        PotFiles& host;  ///< packs what is copied in
        FileCopies& copies;
        ExecHost& exec;
        Supervisor& supervisor;
        PotService& pots;
        SnapshotService& snapshots;
        OperationService& operations;
        OperationOutputs& outputs;
        Executor& executor;
        std::function<void(const std::string&)> complain;  ///< for the log
    };
    explicit FlavourService(Ports ports);
    ~FlavourService();
    FlavourService(const FlavourService&) = delete;
    FlavourService& operator=(const FlavourService&) = delete;

    struct Asked {
        std::vector<std::string> flavours;  ///< names or absolute paths, in order
        bool keep_on_failure = false;
        std::string operation;  ///< which it is part of: its output, progress and cancellation
        std::optional<FlavourCompletion> completion = {};
    };
    /// As PotService::create, with `parent` as SnapshotService::derive. The error's field is "flavours…" for
    /// those; its message says the flavour, or file and line.
    void create(const Asked& asked, PotSpec spec, std::optional<std::string> parent,
                const Reply<PotPtr>& reply);
    /// As SnapshotService::clone.
    void clone(const Asked& asked, std::string source, SnapshotService::Cloning request,
               const Reply<PotPtr>& reply);

    /// Of a pot that is finished and rests. It is unfinished meanwhile, and as it was before if one fails or
    /// potd is killed; else a snapshot of how it was stays.
    void update(const Asked& asked, const PotPtr& pot, Reply<PotPtr> reply);

    /// By name.
    void list(Reply<std::vector<FlavourEntry>> reply) { ports_.files.list(std::move(reply)); }

    /// At start-up, between PotService::recover and OperationService::settle: what an earlier potd left
    /// unfinished goes, or is kept, and its operation has failed. `done` once that is so, or was tried.
    void recover(std::function<void()> done);

  private:
    friend class FlavourRun;
    using Plans = std::vector<FlavourPlan>;

    /// Reads them and goes on with `then`, or replies why not.
    void plan(const Asked& asked, Reply<PotPtr> reply, std::function<void(Plans)> then);
    /// `present`: of a pot that is there.
    [[nodiscard]] Status fill_specs(Plans& plans, PotSpec spec, const PotSpec* present = nullptr) const;
    std::shared_ptr<FlavourRun> begin(const Asked& asked, Reply<PotPtr> reply);
    void create_planned(const Asked& asked, PotSpec spec, const std::optional<std::string>& parent,
                        Plans plans, Reply<PotPtr> reply);
    void keep_left(const Pot& pot, const Reply<void>& reply);
    void revert_left(const Pot& pot, const Reply<void>& reply);
    void begin_update(const Asked& asked, const PotPtr& pot, Plans plans, const Snapshot& before,
                      const Reply<PotPtr>& reply);
    /// Back to the snapshot, which goes then, and finished; with what else that transaction records.
    void revert(const PotId& id, std::uint32_t snapshot, const PotSpec& own, const Along& along,
                const Reply<PotPtr>& reply);
    void drop_snapshot(const PotId& pot, std::uint32_t number);
    void over(const std::string& operation) { runs_.erase(operation); }

    Ports ports_;
    std::map<std::string, std::shared_ptr<FlavourRun>> runs_;  ///< by operation
};

}  // namespace potd::core
