#include "daemon/platform/posix/zfs_volumes.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <system_error>
#include <utility>

namespace potd::platform {
namespace {

std::string snapshots_of(const std::string& name) {
    return "potd." + name + ".";
}

}  // namespace

ZfsProperties ZfsVolumes::properties(const std::string& name) const {
    return {{zfs_volume_property, name}};
}

ZfsRoot ZfsVolumes::root(const std::string& name) const {
    const std::string own = all() + "/" + name;
    return {own,   own + ":next", own + ":old-",      mountpoint(name),
            all(), all(),         snapshots_of(name), properties(name)};
}

core::Status ZfsVolumes::make(const std::string& name) const {
    ZfsProperties own = properties(name);
    own.emplace_back("mountpoint", mountpoint(name));
    auto made = roots_.zfs().create(root(name).name, own);
    if (made || made.error().kind != core::ErrorKind::Conflict) return made;
    if (auto dropped = drop(name); !dropped) return dropped;
    return roots_.zfs().create(root(name).name, own);
}

core::Status ZfsVolumes::make_on_snapshot(const core::VolumeSnapshotKey& source,
                                          const std::string& name) const {
    const auto snapshot = roots_.find(root(source.volume), source.number);
    if (!snapshot) return snapshot.error();
    ZfsProperties own = properties(name);
    own.emplace_back("mountpoint", mountpoint(name));
    auto made = roots_.zfs().clone(snapshot->name, root(name).name, own);
    if (made || made.error().kind != core::ErrorKind::Conflict) return made;
    if (auto dropped = drop(name); !dropped) return dropped;
    return roots_.zfs().clone(snapshot->name, root(name).name, own);
}

core::Status ZfsVolumes::drop(const std::string& name) const {
    auto gone = drop_datasets(name);
    // zfs leaves the directories of mount points that were chosen. Whatever is in them is not potd's.
    std::error_code not_empty;
    std::filesystem::remove(mountpoint(name), not_empty);
    return gone;
}

core::Status ZfsVolumes::drop_datasets(const std::string& name) const {
    auto entries = roots_.zfs().list(all(), Zfs::Depth::Everything);
    if (!entries) return unless(std::move(entries).error(), core::ErrorKind::NotFound);
    const ZfsRoot own = root(name);
    std::set<std::string> trees;
    for (const ZfsEntry& entry : entries.value()) {
        const bool named =
            entry.name == own.name || entry.name == own.next || entry.name.starts_with(own.old);
        if (!entry.is_snapshot && named && entry.volume == name) trees.insert(entry.name);
    }
    if (trees.empty()) return {};
    if (trees.size() == 1) {
        auto gone = roots_.zfs().destroy(*trees.begin(), {true, false});
        if (gone || gone.error().kind != core::ErrorKind::Conflict)
            return unless(gone, core::ErrorKind::NotFound);
    }
    // Volumes that were cloned from it take over what they share with it. Its name may be used again, so its
    // snapshots give up theirs.
    for (const ZfsEntry& entry : entries.value()) {
        if (!trees.contains(entry.dataset()) || !snapshot_number(entry, own.snapshots)) continue;
        if (auto retired = roots_.retire(entry); !retired) return retired;
    }
    return roots_.collect(all(), trees);
}

core::Status ZfsVolumes::sweep(const std::set<std::string>& known,
                               const std::set<core::VolumeSnapshotKey>& snapshots,
                               const core::VolumeLimits& limits) const {
    auto entries = roots_.zfs().list(all(), Zfs::Depth::Everything);
    if (!entries) return std::move(entries).error();
    std::map<std::string, ZfsEntries> found;
    for (const ZfsEntry& entry : entries.value()) {
        if (!entry.volume.empty()) found[entry.volume].push_back(entry);
    }
    core::Status first;
    for (const auto& [name, own] : found) {
        const auto limit = limits.find(name);
        std::set<std::uint32_t> kept;
        for (auto next = snapshots.lower_bound({name, 0}); next != snapshots.end() && next->volume == name;
             ++next)
            kept.insert(next->number);
        const std::int64_t bytes = limit == limits.end() ? 0 : limit->second;
        keep_first(first, known.contains(name) ? roots_.settle(root(name), own, kept, bytes) : drop(name));
    }
    keep_first(first, roots_.drop_strays(all(), [](const ZfsEntry& entry) {
        return snapshot_number(entry, snapshots_of(entry.volume)).has_value();
    }));
    return first;
}

}  // namespace potd::platform
