#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/snapshot.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/posix/tree_shelf.hpp"
#include "daemon/platform/posix/tree_trash.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

namespace potd::platform {

/// <state>/pots/<id> and <state>/snapshots/<id>.<number>: what the file-system drivers share. A pot is built
/// as .new-<id> and gets its name by one rename; it goes by one rename to <state>/trash. Loop thread.
class PotTrees {
  public:
    [[nodiscard]] static core::Result<PotTrees> open(core::Executor& executor, const std::string& state_dir,
                                                     TreeTrash::Problem problem);

    /// Makes .new-<id> with log/ in it and returns it open. Conflict if the pot exists.
    [[nodiscard]] core::Result<UniqueFd> begin(const core::PotId& id);
    /// Gives it its name.
    [[nodiscard]] core::Status commit(const core::PotId& id);
    /// To the trash, finished or not, with the snapshots of it that were made or kept here; idempotent.
    [[nodiscard]] core::Status discard(const core::PotId& id);
    /// Discards what belongs to none of `pots` and `snapshots`, then empties the trash.
    [[nodiscard]] core::Status sweep(const std::vector<core::PotId>& pots,
                                     const std::vector<core::SnapshotKey>& snapshots);

    /// The finished pot, open. NotFound if it is not there.
    [[nodiscard]] core::Result<UniqueFd> find(const core::PotId& id) const;
    [[nodiscard]] std::string path(const core::PotId& id, const std::string& part) const;

    // The same for a snapshot; one that was not recorded gives way to a new one of its key.
    [[nodiscard]] core::Result<UniqueFd> begin(const core::SnapshotKey& key);
    [[nodiscard]] core::Status commit(const core::SnapshotKey& key);
    [[nodiscard]] core::Status discard(const core::SnapshotKey& key);
    [[nodiscard]] core::Result<UniqueFd> find(const core::SnapshotKey& key) const;
    [[nodiscard]] std::string path(const core::SnapshotKey& key, const std::string& part) const;
    /// Those that are there, by pot.
    [[nodiscard]] const std::set<core::SnapshotKey>& kept() const { return kept_; }

    /// The folders of pots, finished or not, and one of them, open.
    [[nodiscard]] core::Result<std::vector<std::string>> pots() const { return pots_.names(); }
    [[nodiscard]] core::Result<UniqueFd> open(const std::string& folder) const { return pots_.find(folder); }

    /// Of the folder of pots.
    [[nodiscard]] int fd() const { return pots_.fd(); }
    [[nodiscard]] TreeTrash& trash() const { return pots_.trash(); }
    [[nodiscard]] std::shared_ptr<TreeTrash> shared_trash() const { return trash().shared_from_this(); }

  private:
    PotTrees(TreeShelf pots, TreeShelf snapshots)
        : pots_(std::move(pots)), snapshots_(std::move(snapshots)) {}

    TreeShelf pots_, snapshots_;
    std::set<core::SnapshotKey> kept_;
};

}  // namespace potd::platform
