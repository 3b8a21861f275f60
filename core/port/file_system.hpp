#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "core/model/ids.hpp"
#include "core/model/operation.hpp"
#include "core/model/root_fs.hpp"
#include "core/model/snapshot.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// What a driver can do beyond making roots.
struct StorageAbilities {
    bool shares = false;          ///< snapshots, rollbacks and clones take constant time; else each is a copy
    bool live_snapshots = false;  ///< of pots that run; as after a power cut of theirs
    bool shifted_snapshots = false;  ///< of pots with a user namespace
    bool quotas = false;             ///< bounds on what a root may take
    friend bool operator==(const StorageAbilities&, const StorageAbilities&) = default;
};

/// Bytes that roots may show, of the pots that have such a bound.
using DiskLimits = std::map<PotId, std::int64_t>;

/// The writable root of each pot, on one kind of storage, and the snapshots of it. Loop thread. All methods
/// are quick, but copies and the emptying of the trash, which run on the pool.
/// Layout: <state>/pots/<id>/{root…,log}; <state>/snapshots/<id>.<number>; <state>/trash/<unique>: discarded,
/// being deleted.
///
/// What create, clone, snapshot and rollback have made survives a loss of power once they reply.
///
/// Whoever calls sees to it that a pot has one of create, clone, snapshot, rollback and limit under way at a
/// time, that it does not run meanwhile (but for `live_snapshots` and limit), and that a snapshot in use
/// stays.
class FileSystem {
  public:
    virtual ~FileSystem() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;  ///< "overlay", "dir", "btrfs", "zfs"
    [[nodiscard]] virtual StorageAbilities abilities() const = 0;

    /// Makes the pot's directories (root and log) on `base`. Replies when they are whole; after a failure or
    /// a crash nothing is left that `discard` does not remove. Conflict if the id exists.
    virtual void create(const PotId& id, const Base& base, Reply<void> reply) = 0;

    /// As create, with the root as it was at a snapshot of a pot on the same base. The new pot does not need
    /// the snapshot afterwards.
    virtual void clone(const SnapshotKey& source, const PotId& id, Reply<void> reply) = 0;

    /// How to put the root together for a run. Cheap; makes what a start needs (an empty work
    /// directory) and nothing that is proportional to the size of the pot.
    [[nodiscard]] virtual Result<RootFs> root(const PotId& id, const Base& base) = 0;

    /// Keeps the root as it is. Whole when it replies; after a failure or a crash the root is as before, and
    /// nothing is left that `sweep` does not remove. An unknown snapshot of the same key is replaced.
    virtual void snapshot(const SnapshotKey& key, Reply<void> reply) = 0;

    /// Gives a pot the root it had. The root is the old or the new one at any moment, also after a crash.
    virtual void rollback(const SnapshotKey& key, Reply<void> reply) = 0;

    /// Before `limit`, which is quick then: turns on what bounds need, which may take long the first time on
    /// a file system. Unsupported without `quotas`.
    virtual void prepare_limits(Reply<void> reply) = 0;

    /// Bounds the bytes that the root shows, those of its base included; 0: no bound. It holds at once, also
    /// while the pot runs, and for each root that a rollback puts in its place; a clone has none of its own
    /// before this. Conflict, with both figures, if there are more already; so is a rollback to more.
    virtual void limit(const PotId& id, std::int64_t bytes, Reply<void> reply) = 0;

    /// Lends the files of a snapshot, or, with the number 0, of a pot (on `base`) that does not run until
    /// they are given back. A crash in between leaves nothing that `sweep` does not remove.
    virtual void lend(const SnapshotKey& key, const Base& base, Reply<LentTree> reply) = 0;
    virtual void give_back(const LentTree& tree) = 0;

    /// Idempotent; what no pot needs is deleted in the background.
    [[nodiscard]] virtual Status discard(const SnapshotKey& key) = 0;

    /// Bytes on disk of a snapshot, or of a pot's own root: all it shows, or, where it is a layer, that
    /// alone. Proportional to their size, on the pool.
    virtual void measure(const SnapshotKey& key, Reply<std::int64_t> reply) = 0;
    virtual void measure(const PotId& id, Reply<std::int64_t> reply) = 0;

    /// Moves everything of the pot aside in one rename, and its snapshots; deletion goes on in the
    /// background, also after a crash. Idempotent.
    [[nodiscard]] virtual Status discard(const PotId& id) = 0;

    [[nodiscard]] virtual std::string log_directory(const PotId& id) const = 0;
    /// Bytes copied so far by the create, clone, snapshot or rollback of the pot that is under way; nothing
    /// where none is, or where the driver copies nothing.
    [[nodiscard]] virtual std::optional<std::int64_t> copied(const PotId& /*id*/) const {
        return std::nullopt;
    }

    /// At start-up: discards the directories of pots that are not in `pots` and the snapshots that are not in
    /// `snapshots`, brings to an end what a crash cut, empties the trash; the bounds are those of `limits`
    /// (but where there is more already and the driver sets none below that, which is an error). but where a
    /// driver cannot set one that there is more in than that: then it is told so, and left as it is.
    virtual Status sweep(const std::vector<PotId>& pots, const std::vector<SnapshotKey>& snapshots,
                         const DiskLimits& limits) = 0;
};

/// Installed bases. Loop thread; the work itself runs on the pool.
class BaseStore {
  public:
    using Progress = std::function<void(const OperationProgress&)>;
    virtual ~BaseStore() = default;
    /// Installs under a temporary name and renames at the end: after a failure or crash nothing
    /// half-made has the base's name. `progress` runs on the loop thread.
    virtual void install(const BaseRequest& request, Progress progress, Reply<Base> reply) = 0;
    /// An installation of this name that is under way ends soon, with Cancelled; without effect if there
    /// is none, or if it is as good as whole.
    virtual void cancel(std::string_view name) = 0;
    /// Removes the tree; idempotent. The caller has made sure that no pot uses it.
    virtual void remove(const Base& base, Reply<void> reply) = 0;
    /// At start-up: removes half-made trees and those of no known base.
    virtual Status sweep(const std::vector<Base>& known) = 0;
};

}  // namespace potd::core
