#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/snapshot.hpp"
#include "core/port/file_system.hpp"
#include "daemon/platform/posix/base_stop.hpp"
#include "daemon/platform/posix/zfs.hpp"
#include "daemon/platform/posix/zfs_roots.hpp"

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
///     ROOT/fscomp          zfs_volumes.hpp
///
/// Only datasets below ROOT/jails and ROOT/bases that have potd's properties are destroyed, and snapshots of
/// these names; those that people made go with their dataset. Blocks; any thread but the loop's, one call at
/// a time for what concerns the same pot or destroys.
class ZfsDatasets {
  public:
    /// Makes ROOT and the datasets below it where they are missing. Conflict if they are another
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

    /// The root with its snapshots, for what is done with those.
    [[nodiscard]] ZfsRoot root(const core::PotId& id) const;
    [[nodiscard]] const ZfsRoots& roots() const { return roots_; }

    /// Ends what a crash cut, mounts what should be, bounds what `limits` says and no other, drops what
    /// belongs to none of these, also bases that could not be dropped before. Goes on after an error and
    /// returns the first one.
    [[nodiscard]] core::Status sweep(const std::set<core::PotId>& pots,
                                     const std::set<core::SnapshotKey>& snapshots,
                                     const std::map<core::PotId, std::int64_t>& limits) const;

    // Bases

    /// An empty one under a name that begins with '.', mounted on <state>/bases/<temporary>.
    [[nodiscard]] core::Status make_base(const std::string& temporary) const;
    /// The same with a copy of a snapshot of a pot, in which nothing refers to that.
    struct Receiving {
        core::BaseStore::Progress progress;
        std::string message;
        const StopSignal* stop = nullptr;
    };
    [[nodiscard]] core::Status receive_base(const core::SnapshotKey& source, const std::string& temporary,
                                            const Receiving& how) const;
    /// Gives it its name; it does not change from then on.
    [[nodiscard]] core::Status keep_base(const std::string& temporary, const std::string& name) const;
    /// Idempotent. One that has clones still is put aside and dropped by the next sweep.
    [[nodiscard]] core::Status drop_base(const std::string& name) const;
    [[nodiscard]] core::Status sweep_bases(const std::set<std::string>& known) const;

  private:
    using Entries = ZfsEntries;

    ZfsDatasets(Zfs zfs, ZfsPlace place) : roots_(std::move(zfs)), place_(std::move(place)) {}
    [[nodiscard]] const Zfs& zfs() const { return roots_.zfs(); }
    [[nodiscard]] std::string jails() const { return place_.root + "/jails"; }
    [[nodiscard]] std::string bases() const { return place_.root + "/bases"; }
    [[nodiscard]] std::string fscomps() const { return place_.root + "/fscomp"; }
    [[nodiscard]] std::string jail(const core::PotId& id) const { return jails() + "/" + id.text; }
    [[nodiscard]] std::string base(const std::string& name) const { return bases() + "/" + name; }

    [[nodiscard]] core::Status prepare() const;
    [[nodiscard]] core::Status begin(const core::PotId& id) const;
    [[nodiscard]] core::Status drop_datasets(const core::PotId& id) const;
    [[nodiscard]] core::Status drop_strays() const;
    [[nodiscard]] core::Status drop_bases_put_aside() const;

    ZfsRoots roots_;
    ZfsPlace place_;
};

}  // namespace potd::platform
