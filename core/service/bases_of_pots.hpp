#pragma once

#include "core/port/executor.hpp"
#include "core/port/file_system.hpp"
#include "core/service/along.hpp"
#include "core/service/base_service.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/snapshot_service.hpp"
#include "core/service/supervisor.hpp"

#include <functional>
#include <optional>
#include <string>

namespace potd::core {

/// Bases that are made of the files of pots. Loop thread only; replies come later.
class BasesOfPots {
  public:
    struct Ports {
        FileSystem& files;
        Executor& executor;
        Supervisor& supervisor;
        BaseService& bases;
        PotService& pots;
        SnapshotService& snapshots;
    };
    explicit BasesOfPots(Ports ports) : ports_(ports) {}
    BasesOfPots(const BasesOfPots&) = delete;
    BasesOfPots& operator=(const BasesOfPots&) = delete;

    struct Asked {
        std::string name;
        std::string pot;  ///< name or id
        /// Name or number, or "newest"; unset: the pot's present files, for which it must not run and is
        /// held.
        std::optional<std::string> snapshot;
    };
    /// As BaseService::install. InvalidArgument (field "pot") for an unknown pot and one with a user
    /// namespace, NotFound (field "snapshot") for an unknown snapshot, Conflict (field "pot") for one that
    /// runs.
    void install(const Asked& asked, BaseStore::Progress progress, const Reply<Base>& reply, Along along = {},
                 std::optional<PotSpec> base_pot = {});

    using Use = std::function<void(BaseRequest request, Reply<Base> done)>;
    /// Lends the files of a pot that does not run, which is held, or of a snapshot, to `use` until that is
    /// done. `request` is filled in but for the name.
    void with_files(const PotPtr& pot, const std::optional<Snapshot>& snapshot, Use use,
                    const Reply<Base>& reply);

  private:
    void lend(const PotPtr& pot, const std::optional<Snapshot>& snapshot, const Use& use,
              const Reply<Base>& reply);
    [[nodiscard]] Status check(const Pot& pot) const;
    [[nodiscard]] Result<std::optional<Snapshot>> pick(const Asked& asked) const;

    Ports ports_;
};

}  // namespace potd::core
