#pragma once

#include "core/base/result.hpp"
#include "core/model/volume.hpp"
#include "core/port/volume_store.hpp"
#include "daemon/platform/posix/zfs_datasets.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace potd::platform {

/// Volumes as datasets, laid out and named as pot does:
///
///     ROOT/fscomp/NAME        the volume, mounted on <state>/fscomp-trees/NAME
///     ROOT/fscomp/NAME:next   a tree that a rollback makes
///     ROOT/fscomp/NAME:old-N  an earlier tree, kept for its snapshots, not mounted
///     ...@potd.NAME.N         snapshot N of the volume, on any of these
///
/// No legal name has a ':'. Only what has potd's property is destroyed. As ZfsDatasets, which has made
/// ROOT/fscomp: blocks; any thread but the loop's, one call at a time for what concerns the same volume or
/// destroys.
class ZfsVolumes {
  public:
    explicit ZfsVolumes(const ZfsDatasets& datasets) : roots_(datasets.roots()), place_(datasets.place()) {}

    [[nodiscard]] std::string mountpoint(const std::string& name) const {
        return place_.state_dir + "/fscomp-trees/" + name;
    }
    [[nodiscard]] ZfsRoot root(const std::string& name) const;
    [[nodiscard]] const ZfsRoots& roots() const { return roots_; }

    /// An empty one. What has the name already was left by a crash and goes.
    [[nodiscard]] core::Status make(const std::string& name) const;
    [[nodiscard]] core::Status make_on_snapshot(const core::VolumeSnapshotKey& source,
                                                const std::string& name) const;
    /// With its snapshots; idempotent.
    [[nodiscard]] core::Status drop(const std::string& name) const;

    /// As ZfsDatasets::sweep.
    [[nodiscard]] core::Status sweep(const std::set<std::string>& known,
                                     const std::set<core::VolumeSnapshotKey>& snapshots,
                                     const core::VolumeLimits& limits) const;

  private:
    [[nodiscard]] std::string all() const { return place_.root + "/fscomp"; }
    [[nodiscard]] ZfsProperties properties(const std::string& name) const;
    [[nodiscard]] core::Status drop_datasets(const std::string& name) const;

    ZfsRoots roots_;
    ZfsPlace place_;
};

}  // namespace potd::platform
