#pragma once

#include "core/base/result.hpp"
#include "core/model/volume.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// Bytes that may be in volumes, of those that have such a bound; by name.
using VolumeLimits = std::map<std::string, std::int64_t>;

/// The trees of volumes and of their snapshots. Loop thread; what writes to the disk runs on the pool. Names
/// are legal ones (check_name); the caller sees to it that a volume has one call under way at a time, that
/// one which is mounted stays, and that a snapshot in use does.
class VolumeStore {
  public:
    virtual ~VolumeStore() = default;
    /// Makes an empty one. Replies once it survives power loss; after a failure or a crash nothing is left
    /// that `sweep` does not remove. Conflict if there is one of that name.
    virtual void create(const std::string& name, Reply<void> reply) = 0;
    /// The directory that pots show; absolute.
    [[nodiscard]] virtual std::string path(std::string_view name) const = 0;
    /// Bytes on disk. Proportional to the size, on the pool. NotFound if it is gone.
    virtual void measure(const std::string& name, Reply<std::int64_t> reply) = 0;
    virtual void measure(const VolumeSnapshotKey& key, Reply<std::int64_t> reply) = 0;
    /// Moves it aside in one rename, then its snapshots; deletion goes on in the background, also after a
    /// crash. Idempotent.
    [[nodiscard]] virtual Status discard(const std::string& name) = 0;

    /// Whether what is in a volume can be bounded.
    [[nodiscard]] virtual bool has_quotas() const = 0;
    /// Bounds the bytes that may be in it, 0: no bound; as FileSystem::limit, after what prepare_limits does.
    virtual void limit(const std::string& name, std::int64_t bytes, Reply<void> reply) = 0;

    /// Whether snapshots of it take constant time and are of one moment, so that pots may write meanwhile;
    /// else each is a copy.
    [[nodiscard]] virtual bool shares(std::string_view name) const = 0;
    /// Keeps the tree as it is. Replies once that survives power loss; after a failure or a crash nothing is
    /// left that `sweep` does not remove. An unknown snapshot of the same key is replaced.
    virtual void snapshot(const VolumeSnapshotKey& key, Reply<void> reply) = 0;
    /// Gives the volume the tree it had. It is the old or the new one at any moment, also after a crash; no
    /// pot may have it mounted.
    virtual void rollback(const VolumeSnapshotKey& key, Reply<void> reply) = 0;
    /// As create, with the tree of a snapshot, which it does not need afterwards.
    virtual void clone(const VolumeSnapshotKey& source, const std::string& name, Reply<void> reply) = 0;
    /// As of a volume.
    [[nodiscard]] virtual Status discard(const VolumeSnapshotKey& key) = 0;
    /// Bytes copied so far by the snapshot, rollback or clone (the new one's name) that is under way; nothing
    /// where none is, or where nothing is copied.
    [[nodiscard]] virtual std::optional<std::int64_t> copied(std::string_view /*name*/) const {
        return std::nullopt;
    }

    /// At start-up: discards what is neither among `known` nor `snapshots`, and what is half made; brings to
    /// an end what a crash cut; the bounds are those of `limits`.
    [[nodiscard]] virtual Status sweep(const std::vector<std::string>& known,
                                       const std::vector<VolumeSnapshotKey>& snapshots,
                                       const VolumeLimits& limits) = 0;
};

}  // namespace potd::core
