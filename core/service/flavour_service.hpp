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
    };
    /// As PotService::create, with `parent` as SnapshotService::derive. The error's field is "flavours…" for
    /// those; its message says the flavour, or file and line.
    void create(Asked asked, PotSpec spec, std::optional<std::string> parent, Reply<PotPtr> reply);
    /// As SnapshotService::clone.
    void clone(Asked asked, std::string source, SnapshotService::Cloning request, Reply<PotPtr> reply);

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
    [[nodiscard]] Status fill_specs(Plans& plans, PotSpec spec) const;
    std::shared_ptr<FlavourRun> begin(const Asked& asked, Reply<PotPtr> reply);
    void create_planned(const Asked& asked, PotSpec spec, const std::optional<std::string>& parent,
                        Plans plans, Reply<PotPtr> reply);
    void keep_left(const Pot& pot, Reply<void> reply);
    void over(const std::string& operation) { runs_.erase(operation); }

    Ports ports_;
    std::map<std::string, std::shared_ptr<FlavourRun>> runs_;  ///< by operation
};

}  // namespace potd::core
