#include "daemon/platform/posix/zfs_datasets.hpp"

#include "daemon/platform/posix/base_progress.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>

namespace potd::platform {
namespace {

using Depth = Zfs::Depth;

core::Error of_another(const std::string& dataset, const std::string& found, const std::string& own) {
    const std::string whose = found.empty() ? "not potd's" : "of the potd instance '" + found + "'";
    return core::error(core::ErrorKind::Conflict, "the dataset " + dataset + " is " + whose + " (property " +
                                                      zfs_instance_property + "), expected '" + own + "'");
}

}  // namespace

std::string ZfsDatasets::mountpoint(const core::PotId& id) const {
    return place_.state_dir + "/jails/" + id.text + "/m";
}

core::Result<ZfsDatasets> ZfsDatasets::open(Zfs zfs, ZfsPlace place) {
    ZfsDatasets datasets(std::move(zfs), std::move(place));
    if (auto ready = datasets.prepare(); !ready) return std::move(ready).error();
    return datasets;
}

core::Status ZfsDatasets::prepare() const {
    auto entries = zfs().list(place_.root, Depth::Children);
    if (!entries && entries.error().kind == core::ErrorKind::NotFound) {
        auto made =
            zfs().create(place_.root, {{"mountpoint", "none"}, {"compression", "lz4"}, {"atime", "off"}});
        if (!made) return made;
        entries = Entries();
    }
    if (!entries) return std::move(entries).error();
    for (const std::string& name : {bases(), jails(), fscomps()}) {
        const ZfsEntry* found = file_system_in(entries.value(), name);
        if (found != nullptr && found->instance != place_.instance)
            return of_another(name, found->instance, place_.instance);
        if (found != nullptr) continue;
        auto made = zfs().create(name, {{"mountpoint", "none"}, {zfs_instance_property, place_.instance}});
        if (!made) return made;
    }
    return {};
}

// Pots

core::Status ZfsDatasets::begin(const core::PotId& id) const {
    const ZfsProperties ours{{zfs_pot_property, id.text}};
    auto made = zfs().create(jail(id), ours);
    if (made || made.error().kind != core::ErrorKind::Conflict) return made;
    if (auto dropped = drop(id); !dropped) return dropped;
    return zfs().create(jail(id), ours);
}

core::Status ZfsDatasets::make_on_base(const core::PotId& id, const std::string& name) const {
    if (auto begun = begin(id); !begun) return begun;
    return zfs().clone(base(name) + "@installed", dataset(id), {{"mountpoint", mountpoint(id)}});
}

core::Status ZfsDatasets::make_empty(const core::PotId& id) const {
    if (auto begun = begin(id); !begun) return begun;
    return zfs().create(dataset(id), {{"mountpoint", mountpoint(id)}});
}

core::Status ZfsDatasets::make_on_snapshot(const core::PotId& id, const core::SnapshotKey& source) const {
    const auto snapshot = roots_.find(root(source.pot), source.number);
    if (!snapshot) return snapshot.error();
    if (auto begun = begin(id); !begun) return begun;
    return zfs().clone(snapshot->name, dataset(id), {{"mountpoint", mountpoint(id)}});
}

core::Status ZfsDatasets::drop(const core::PotId& id) const {
    auto gone = drop_datasets(id);
    // zfs leaves the directories of mount points that were chosen. Whatever is in them is not potd's.
    std::error_code not_empty;
    std::filesystem::remove(mountpoint(id), not_empty);
    std::filesystem::remove(std::filesystem::path(mountpoint(id)).parent_path(), not_empty);
    return gone;
}

core::Status ZfsDatasets::drop_datasets(const core::PotId& id) const {
    auto gone = zfs().destroy(jail(id), {true, false});
    if (gone || gone.error().kind != core::ErrorKind::Conflict)
        return unless(gone, core::ErrorKind::NotFound);
    // Pots that were cloned from it take over what they share with it.
    auto entries = zfs().list(jail(id), Depth::Everything);
    if (!entries) return std::move(entries).error();
    std::set<std::string> unwanted;
    for (const ZfsEntry& entry : entries.value()) {
        if (!entry.is_snapshot) unwanted.insert(entry.name);
    }
    if (auto collected = roots_.collect(jails(), unwanted); !collected) return collected;
    return drop_strays();
}

ZfsRoot ZfsDatasets::root(const core::PotId& id) const {
    return {dataset(id),
            jail(id) + "/next",
            jail(id) + "/old-",
            mountpoint(id),
            jail(id),
            jails(),
            "potd." + id.text + ".",
            {}};
}

/// Snapshots of pots that are gone, which went to others with what they share.
core::Status ZfsDatasets::drop_strays() const {
    return roots_.drop_strays(jails(), [](const ZfsEntry& entry) {
        return snapshot_number(entry, "potd." + entry.pot + ".").has_value();
    });
}

// Sweeping

core::Status ZfsDatasets::sweep(const std::set<core::PotId>& pots,
                                const std::set<core::SnapshotKey>& snapshots,
                                const std::map<core::PotId, std::int64_t>& limits) const {
    auto entries = zfs().list(jails(), Depth::Everything);
    if (!entries) return std::move(entries).error();
    std::map<core::PotId, Entries> found;
    for (const ZfsEntry& entry : entries.value()) {
        if (entry.name.size() <= jails().size() || entry.name[jails().size()] != '/') continue;
        const std::string below = entry.name.substr(jails().size() + 1);
        const core::PotId id{below.substr(0, below.find_first_of("/@"))};
        if (entry.pot == id.text) found[id].push_back(entry);
    }
    core::Status first;
    for (const auto& [id, own] : found) {
        const auto limit = limits.find(id);
        const std::int64_t bytes = limit == limits.end() ? 0 : limit->second;
        std::set<std::uint32_t> kept;
        for (auto next = snapshots.lower_bound({id, 0}); next != snapshots.end() && next->pot == id; ++next)
            kept.insert(next->number);
        keep_first(first, pots.contains(id) ? roots_.settle(root(id), own, kept, bytes) : drop(id));
    }
    keep_first(first, drop_strays());
    keep_first(first, drop_bases_put_aside());
    return first;
}

// Bases

core::Status ZfsDatasets::make_base(const std::string& temporary) const {
    return zfs().create(base(temporary), {{"mountpoint", place_.state_dir + "/bases/" + temporary},
                                          {zfs_base_property, temporary}});
}

core::Status ZfsDatasets::receive_base(const core::SnapshotKey& source, const std::string& temporary,
                                       const Receiving& how) const {
    const auto snapshot = roots_.find(root(source.pot), source.number);
    if (!snapshot) return snapshot.error();
    auto done =
        zfs().copy(snapshot->name, base(temporary),
                   {{"mountpoint", place_.state_dir + "/bases/" + temporary}, {zfs_base_property, temporary}},
                   {in_hundredths(how.progress, snapshot->referenced, how.message), how.stop});
    if (done) done = zfs().destroy(base(temporary) + "@" + snapshot->snapshot(), {});
    return done ? zfs().mount(base(temporary)) : done;
}

core::Status ZfsDatasets::keep_base(const std::string& temporary, const std::string& name) const {
    auto kept = zfs().snapshot(base(temporary) + "@installed");
    if (kept) kept = zfs().rename(base(temporary), base(name));
    if (!kept) return kept;
    return zfs().set(
        base(name),
        {{"readonly", "on"}, {"mountpoint", place_.state_dir + "/bases/" + name}, {zfs_base_property, name}});
}

core::Status ZfsDatasets::drop_base(const std::string& name) const {
    auto gone = zfs().destroy(base(name), {true, false});
    if (gone || gone.error().kind != core::ErrorKind::Conflict)
        return unless(gone, core::ErrorKind::NotFound);
    auto entries = zfs().list(base(name), Depth::Itself);
    if (!entries) return std::move(entries).error();
    // The number keeps several of one name apart.
    const std::string aside = base(".gone-" + std::to_string(entries->front().created) + "-" + name);
    if (auto hidden = zfs().set(base(name), {{"mountpoint", "none"}}); !hidden) return hidden;
    return zfs().rename(base(name), aside);
}

core::Status ZfsDatasets::sweep_bases(const std::set<std::string>& known) const {
    auto entries = zfs().list(bases(), Depth::Children);
    if (!entries) return std::move(entries).error();
    core::Status first;
    for (const ZfsEntry& entry : entries.value()) {
        if (entry.is_snapshot || entry.base.empty()) continue;
        const std::string name = entry.name.substr(bases().size() + 1);
        if (name.starts_with(".gone-")) continue;
        const std::string place = place_.state_dir + "/bases/" + name;
        if (!known.contains(name))
            keep_first(first, drop_base(name));
        else if (entry.mountpoint != place)
            keep_first(first, zfs().set(entry.name, {{"mountpoint", place}}));
        else if (!entry.mounted)
            keep_first(first, zfs().mount(entry.name));
    }
    return first;
}

core::Status ZfsDatasets::drop_bases_put_aside() const {
    auto entries = zfs().list(bases(), Depth::Children);
    if (!entries) return std::move(entries).error();
    core::Status first;
    for (const ZfsEntry& entry : entries.value()) {
        const bool aside = !entry.is_snapshot && entry.name.starts_with(base(".gone-"));
        if (aside) keep_first(first, zfs().destroy(entry.name, {true, false}));
    }
    return first;
}

}  // namespace potd::platform
