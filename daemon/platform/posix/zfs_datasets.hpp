#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/snapshot.hpp"
#include "daemon/platform/posix/zfs.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace potd::platform {

/// Where a potd keeps its datasets.
struct ZfsPlace {
    std::string root;       ///< the dataset below which they are
    std::string instance;   ///< whose they are
    std::string state_dir;  ///< absolute; where they are mounted
};

/// potd's datasets and what is done with them. Laid out as pot does, by id where pot has names, since those
/// change:
///
///     ROOT/bases/NAME      mounted on <state>/bases/NAME, read-only; pots are clones of its @installed
///     ROOT/jails/ID        not mounted; holds all of a pot
///     ROOT/jails/ID/m      the pot's root, mounted on <state>/jails/ID/m
///     ROOT/jails/ID/next   a root that a rollback makes
///     ROOT/jails/ID/old-N  an earlier root, kept for its snapshots, not mounted
///     ...@potd.ID.N        snapshot N of the pot, on any of its roots
///     ...@potd.gone...     one that was discarded and has clones; goes with the last of them
///
/// A rollback to the newest snapshot is zfs's own; to an older one it is a clone that takes the root's place,
/// for zfs would destroy the newer ones. Where something else is a clone of what goes, it is promoted first.
/// Each action can be cut between any two calls of zfs, by a crash too, and be done again; `sweep` ends
/// what was begun. Only datasets below ROOT/jails and ROOT/bases that have potd's properties are destroyed,
/// and snapshots of these names; those that people made go with their dataset. Blocks; any thread but the
/// loop's, one call at a time for what concerns the same pot or destroys.
class ZfsDatasets {
  public:
    /// Makes ROOT and the two datasets below it where they are missing. Conflict if they are another
    /// instance's.
    [[nodiscard]] static core::Result<ZfsDatasets> open(Zfs zfs, ZfsPlace place);

    [[nodiscard]] const ZfsPlace& place() const { return place_; }
    /// Where the pot's root is mounted.
    [[nodiscard]] std::string mountpoint(const core::PotId& id) const;
    [[nodiscard]] std::string dataset(const core::PotId& id) const { return jail(id) + "/m"; }

    // Pots. What has the id's place already was left by a crash and goes.

    /// On a base of this class; NotFound if there is none of that name.
    [[nodiscard]] core::Status make_on_base(const core::PotId& id, const std::string& base) const;
    [[nodiscard]] core::Status make_empty(const core::PotId& id) const;
    [[nodiscard]] core::Status make_on_snapshot(const core::PotId& id, const core::SnapshotKey& source) const;
    /// With its snapshots; idempotent.
    [[nodiscard]] core::Status drop(const core::PotId& id) const;

    /// Bounds what the root refers to (refquota), 0: no bound. Conflict, with both figures, if it refers to
    /// more. A rollback keeps it, a clone has none.
    [[nodiscard]] core::Status limit(const core::PotId& id, std::int64_t bytes) const;

    // Snapshots

    /// Replaces one of the same key.
    [[nodiscard]] core::Status snapshot(const core::SnapshotKey& key) const;
    [[nodiscard]] core::Status rollback(const core::SnapshotKey& key) const;
    /// Idempotent.
    [[nodiscard]] core::Status drop(const core::SnapshotKey& key) const;

    /// Bytes on disk of all that it shows.
    [[nodiscard]] core::Result<std::int64_t> size(const core::PotId& id) const;
    [[nodiscard]] core::Result<std::int64_t> size(const core::SnapshotKey& key) const;

    /// Ends what a crash cut, mounts what should be, bounds what `limits` says and no other, drops what
    /// belongs to none of these, also bases that could not be dropped before. Goes on after an error and
    /// returns the first one.
    [[nodiscard]] core::Status sweep(const std::set<core::PotId>& pots,
                                     const std::set<core::SnapshotKey>& snapshots,
                                     const std::map<core::PotId, std::int64_t>& limits) const;

    // Bases

    /// An empty one under a name that begins with '.', mounted on <state>/bases/<temporary>.
    [[nodiscard]] core::Status make_base(const std::string& temporary) const;
    /// Gives it its name; it does not change from then on.
    [[nodiscard]] core::Status keep_base(const std::string& temporary, const std::string& name) const;
    /// Idempotent. One that has clones still is put aside and dropped by the next sweep.
    [[nodiscard]] core::Status drop_base(const std::string& name) const;
    [[nodiscard]] core::Status sweep_bases(const std::set<std::string>& known) const;

  private:
    using Entries = std::vector<ZfsEntry>;

    ZfsDatasets(Zfs zfs, ZfsPlace place) : zfs_(std::move(zfs)), place_(std::move(place)) {}
    [[nodiscard]] std::string jails() const { return place_.root + "/jails"; }
    [[nodiscard]] std::string bases() const { return place_.root + "/bases"; }
    [[nodiscard]] std::string jail(const core::PotId& id) const { return jails() + "/" + id.text; }
    [[nodiscard]] std::string base(const std::string& name) const { return bases() + "/" + name; }

    [[nodiscard]] core::Status prepare() const;
    [[nodiscard]] core::Status begin(const core::PotId& id) const;
    [[nodiscard]] core::Status drop_datasets(const core::PotId& id) const;
    [[nodiscard]] core::Status put_in_place(const core::PotId& id) const;
    [[nodiscard]] core::Status exchange(const core::PotId& id, const ZfsEntry& snapshot, std::int64_t quota,
                                        const Entries& entries) const;
    [[nodiscard]] core::Status settle(const core::PotId& id, const Entries& entries) const;
    [[nodiscard]] core::Status settle_limit(const core::PotId& id, const Entries& entries,
                                            std::int64_t bytes) const;
    [[nodiscard]] core::Status retire(const ZfsEntry& snapshot) const;
    [[nodiscard]] core::Status tidy(const core::PotId& id) const;
    [[nodiscard]] core::Status collect(const std::set<std::string>& unwanted) const;
    [[nodiscard]] core::Result<bool> collect_one(std::set<std::string>& unwanted,
                                                 const Entries& entries) const;
    [[nodiscard]] core::Status drop_strays() const;
    [[nodiscard]] core::Result<ZfsEntry> find(const core::SnapshotKey& key, const Entries& entries) const;
    [[nodiscard]] core::Status sweep_jail(const core::PotId& id, const Entries& entries,
                                          const std::set<core::SnapshotKey>& snapshots,
                                          std::int64_t limit) const;
    [[nodiscard]] core::Status drop_bases_put_aside() const;

    Zfs zfs_;
    ZfsPlace place_;
};

}  // namespace potd::platform
