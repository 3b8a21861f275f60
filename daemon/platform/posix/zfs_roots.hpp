#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/zfs.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace potd::platform {

/// The datasets of one tree of files that goes back to snapshots: the root of a pot, or a volume.
struct ZfsRoot {
    std::string name;          ///< the tree as it is now, mounted
    std::string next;          ///< one that a rollback makes
    std::string old;           ///< and a number: an earlier one, kept for its snapshots, not mounted
    std::string mountpoint;    ///< absolute
    std::string above;         ///< at which, or below, all of these lie, and little else
    std::string kind;          ///< below which all lie that can be clones of it
    std::string snapshots;     ///< with what the names of its snapshots begin, before the number
    ZfsProperties properties;  ///< by which they are known to be potd's, if they do not inherit them
};

using ZfsEntries = std::vector<ZfsEntry>;

/// What is done with such trees. A rollback to the newest snapshot is zfs's own; to an older one it is a
/// clone that takes the tree's place, for zfs would destroy the newer ones. Where something else is a clone
/// of what goes, it is promoted first. Each action can be cut between any two calls of zfs, by a crash too,
/// and be done again; `settle` ends what was begun. Blocks; any thread but the loop's, one call at a time for
/// what concerns the same tree or destroys.
class ZfsRoots {
  public:
    explicit ZfsRoots(Zfs zfs) : zfs_(std::move(zfs)) {}
    [[nodiscard]] const Zfs& zfs() const { return zfs_; }

    /// Replaces one of the same number.
    [[nodiscard]] core::Status snapshot(const ZfsRoot& root, std::uint32_t number) const;
    /// Conflict, with both figures, to more than the tree may refer to.
    [[nodiscard]] core::Status rollback(const ZfsRoot& root, std::uint32_t number) const;
    /// Idempotent.
    [[nodiscard]] core::Status drop(const ZfsRoot& root, std::uint32_t number) const;
    /// NotFound if there is none of that number.
    [[nodiscard]] core::Result<ZfsEntry> find(const ZfsRoot& root, std::uint32_t number) const;

    /// Bounds what the tree refers to (refquota), 0: no bound. Conflict, with both figures, if it refers to
    /// more.
    [[nodiscard]] core::Status limit(const ZfsRoot& root, std::int64_t bytes) const;
    /// Bytes on disk of all that it shows.
    [[nodiscard]] core::Result<std::int64_t> size(const ZfsRoot& root) const;

    /// At start-up, with what is there: ends what a crash cut, mounts the tree, gives it its bound, and drops
    /// the snapshots that are not `kept`.
    [[nodiscard]] core::Status settle(const ZfsRoot& root, const ZfsEntries& entries,
                                      const std::set<std::uint32_t>& kept, std::int64_t bytes) const;

    /// Destroys datasets of a kind, after what is a clone of them and stays has taken over what they share.
    [[nodiscard]] core::Status collect(const std::string& kind, const std::set<std::string>& unwanted) const;
    /// Destroys snapshots of a kind that are potd's but, says `known`, nobody's: each stays for as long as it
    /// has clones.
    [[nodiscard]] core::Status drop_strays(const std::string& kind,
                                           const std::function<bool(const ZfsEntry&)>& known) const;
    /// A snapshot goes, or is put aside under a name that nobody asks for until its last clone does.
    [[nodiscard]] core::Status retire(const ZfsEntry& snapshot) const;

  private:
    [[nodiscard]] core::Status exchange(const ZfsRoot& root, const ZfsEntry& snapshot, std::int64_t quota,
                                        const ZfsEntries& entries) const;
    [[nodiscard]] core::Status put_in_place(const ZfsRoot& root) const;
    [[nodiscard]] core::Status settle_tree(const ZfsRoot& root, const ZfsEntries& entries) const;
    [[nodiscard]] core::Status settle_limit(const ZfsRoot& root, const ZfsEntries& entries,
                                            std::int64_t bytes) const;
    [[nodiscard]] core::Status tidy(const ZfsRoot& root) const;
    [[nodiscard]] core::Result<bool> collect_one(std::set<std::string>& unwanted,
                                                 const ZfsEntries& entries) const;

    Zfs zfs_;
};

/// The file system of this name; null if it is not among them.
[[nodiscard]] const ZfsEntry* file_system_in(const ZfsEntries& entries, const std::string& name);

/// The number of a snapshot whose name begins so, if nothing but a number follows.
[[nodiscard]] std::optional<std::uint32_t> snapshot_number(const ZfsEntry& entry, const std::string& prefix);

/// Goes on after an error, but keeps the first one.
void keep_first(core::Status& first, core::Status next);

[[nodiscard]] core::Status unless(const core::Status& done, core::ErrorKind harmless);

}  // namespace potd::platform
