#include "daemon/platform/posix/zfs_datasets.hpp"

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

constexpr std::string_view snapshot_prefix = "potd.";
constexpr std::string_view retired_prefix = "potd.gone.";

std::string snapshot_name(const core::SnapshotKey& key) {
    return std::string(snapshot_prefix) + key.pot.text + "." + std::to_string(key.number);
}

/// The snapshot's number, if it is one of the pot's that somebody may know.
std::optional<core::SnapshotKey> key_of(const ZfsEntry& entry, const core::PotId& id) {
    const std::string name = entry.snapshot();
    const std::string prefix = std::string(snapshot_prefix) + id.text + ".";
    core::SnapshotKey key{id, 0};
    if (!entry.is_snapshot || !name.starts_with(prefix)) return std::nullopt;
    const char* const end = name.data() + name.size();
    const auto [parsed, problem] = std::from_chars(name.data() + prefix.size(), end, key.number);
    if (problem != std::errc() || parsed != end) return std::nullopt;
    return key;
}

const ZfsEntry* file_system(const std::vector<ZfsEntry>& entries, const std::string& name) {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const ZfsEntry& entry) {
        return !entry.is_snapshot && entry.name == name;
    });
    return found == entries.end() ? nullptr : &*found;
}

/// N of JAIL/old-N; 0 for others.
unsigned old_number(const ZfsEntry& entry, const std::string& jail) {
    const std::string prefix = jail + "/old-";
    unsigned number = 0;
    if (entry.is_snapshot || !entry.name.starts_with(prefix)) return 0;
    std::from_chars(entry.name.data() + prefix.size(), entry.name.data() + entry.name.size(), number);
    return number;
}

unsigned last_old_number(const std::vector<ZfsEntry>& entries, const std::string& jail) {
    unsigned last = 0;
    for (const ZfsEntry& entry : entries) last = std::max(last, old_number(entry, jail));
    return last;
}

bool is_newest(const ZfsEntry& snapshot, const std::vector<ZfsEntry>& entries) {
    return std::none_of(entries.begin(), entries.end(), [&](const ZfsEntry& other) {
        return other.is_snapshot && other.dataset() == snapshot.dataset() && other.created > snapshot.created;
    });
}

std::string quota_word(std::int64_t bytes) {
    return bytes == 0 ? "none" : std::to_string(bytes);
}

core::Error does_not_fit(std::int64_t used, std::int64_t bytes) {
    return core::error(core::ErrorKind::Conflict, std::to_string(bytes) + " bytes are less than the " +
                                                      std::to_string(used) + " that are in it already");
}

/// Goes on after an error, but keeps the first one.
void note(core::Status& first, core::Status next) {
    if (first && !next) first = std::move(next);
}

core::Status unless(core::Status done, core::ErrorKind harmless) {
    return !done && done.error().kind == harmless ? core::Status() : done;
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
    auto entries = zfs_.list(place_.root, Depth::Children);
    if (!entries && entries.error().kind == core::ErrorKind::NotFound) {
        auto made =
            zfs_.create(place_.root, {{"mountpoint", "none"}, {"compression", "lz4"}, {"atime", "off"}});
        if (!made) return made;
        entries = Entries();
    }
    if (!entries) return std::move(entries).error();
    for (const std::string& name : {bases(), jails()}) {
        const ZfsEntry* found = file_system(entries.value(), name);
        if (found != nullptr && found->instance != place_.instance) {
            const std::string whose =
                found->instance.empty() ? "not potd's" : "of the potd instance '" + found->instance + "'";
            return core::error(core::ErrorKind::Conflict, "the dataset " + name + " is " + whose +
                                                              " (property " + zfs_instance_property +
                                                              "), expected '" + place_.instance + "'");
        }
        if (found != nullptr) continue;
        auto made = zfs_.create(name, {{"mountpoint", "none"}, {zfs_instance_property, place_.instance}});
        if (!made) return made;
    }
    return {};
}

// Pots

core::Status ZfsDatasets::begin(const core::PotId& id) const {
    const ZfsProperties ours{{zfs_pot_property, id.text}};
    auto made = zfs_.create(jail(id), ours);
    if (made || made.error().kind != core::ErrorKind::Conflict) return made;
    if (auto dropped = drop(id); !dropped) return dropped;
    return zfs_.create(jail(id), ours);
}

core::Status ZfsDatasets::make_on_base(const core::PotId& id, const std::string& name) const {
    if (auto begun = begin(id); !begun) return begun;
    return zfs_.clone(base(name) + "@installed", dataset(id), {{"mountpoint", mountpoint(id)}});
}

core::Status ZfsDatasets::make_empty(const core::PotId& id) const {
    if (auto begun = begin(id); !begun) return begun;
    return zfs_.create(dataset(id), {{"mountpoint", mountpoint(id)}});
}

core::Status ZfsDatasets::make_on_snapshot(const core::PotId& id, const core::SnapshotKey& source) const {
    auto entries = zfs_.list(jail(source.pot), Depth::Everything);
    if (!entries) return std::move(entries).error();
    const auto snapshot = find(source, entries.value());
    if (!snapshot) return snapshot.error();
    if (auto begun = begin(id); !begun) return begun;
    return zfs_.clone(snapshot->name, dataset(id), {{"mountpoint", mountpoint(id)}});
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
    auto gone = zfs_.destroy(jail(id), {true, false});
    if (gone || gone.error().kind != core::ErrorKind::Conflict)
        return unless(std::move(gone), core::ErrorKind::NotFound);
    // Pots that were cloned from it take over what they share with it.
    auto entries = zfs_.list(jail(id), Depth::Everything);
    if (!entries) return std::move(entries).error();
    std::set<std::string> unwanted;
    for (const ZfsEntry& entry : entries.value()) {
        if (!entry.is_snapshot) unwanted.insert(entry.name);
    }
    if (auto collected = collect(unwanted); !collected) return collected;
    return drop_strays();
}

core::Status ZfsDatasets::limit(const core::PotId& id, std::int64_t bytes) const {
    auto set = zfs_.set(dataset(id), {{"refquota", quota_word(bytes)}});
    if (set || set.error().kind != core::ErrorKind::Conflict) return set;
    const auto used = size(id);
    return used ? does_not_fit(*used, bytes) : set;
}

// Snapshots

core::Result<ZfsEntry> ZfsDatasets::find(const core::SnapshotKey& key, const Entries& entries) const {
    for (const ZfsEntry& entry : entries) {
        if (entry.is_snapshot && entry.snapshot() == snapshot_name(key)) return entry;
    }
    return core::error(core::ErrorKind::NotFound,
                       "there is no snapshot " + snapshot_name(key) + " below " + jail(key.pot));
}

core::Status ZfsDatasets::snapshot(const core::SnapshotKey& key) const {
    auto entries = zfs_.list(jail(key.pot), Depth::Everything);
    if (!entries) return std::move(entries).error();
    if (const auto before = find(key, entries.value())) {
        if (auto retired = retire(before.value()); !retired) return retired;
    }
    return zfs_.snapshot(dataset(key.pot) + "@" + snapshot_name(key));
}

core::Status ZfsDatasets::rollback(const core::SnapshotKey& key) const {
    auto entries = zfs_.list(jail(key.pot), Depth::Everything);
    if (!entries) return std::move(entries).error();
    const auto snapshot = find(key, entries.value());
    if (!snapshot) return snapshot.error();
    const ZfsEntry* root = file_system(entries.value(), dataset(key.pot));
    const std::int64_t quota = root == nullptr ? 0 : root->quota;
    if (quota != 0 && snapshot->referenced > quota) return does_not_fit(snapshot->referenced, quota);
    if (snapshot->dataset() == dataset(key.pot) && is_newest(snapshot.value(), entries.value()))
        return zfs_.rollback(snapshot->name);
    auto exchanged = exchange(key.pot, snapshot.value(), quota, entries.value());
    if (exchanged) return tidy(key.pot);
    entries = zfs_.list(jail(key.pot), Depth::Everything);
    // What failed is what the caller has to know.
    if (entries) static_cast<void>(settle(key.pot, entries.value()));
    return exchanged;
}

/// One of the two datasets has the root's name at any time, or `next` is whole: see `settle`.
core::Status ZfsDatasets::exchange(const core::PotId& id, const ZfsEntry& snapshot, std::int64_t quota,
                                   const Entries& entries) const {
    const std::string next = jail(id) + "/next";
    const std::string old = jail(id) + "/old-" + std::to_string(last_old_number(entries, jail(id)) + 1);
    if (file_system(entries, next) != nullptr) {
        if (auto gone = collect({next}); !gone) return gone;
    }
    auto done = zfs_.clone(snapshot.name, next,
                           quota == 0 ? ZfsProperties{} : ZfsProperties{{"refquota", quota_word(quota)}});
    if (done) done = zfs_.set(dataset(id), {{"mountpoint", "none"}});
    if (done) done = zfs_.rename(dataset(id), old);
    if (done) done = zfs_.rename(next, dataset(id));
    return done ? put_in_place(id) : done;
}

core::Status ZfsDatasets::put_in_place(const core::PotId& id) const {
    return zfs_.set(dataset(id), {{"mountpoint", mountpoint(id)}});
}

core::Status ZfsDatasets::settle(const core::PotId& id, const Entries& entries) const {
    const std::string next = jail(id) + "/next";
    const ZfsEntry* root = file_system(entries, dataset(id));
    const bool has_next = file_system(entries, next) != nullptr;
    if (root == nullptr && !has_next) return {};  // of another driver
    if (root == nullptr) {
        if (auto renamed = zfs_.rename(next, dataset(id)); !renamed) return renamed;
        return put_in_place(id);
    }
    core::Status first;
    if (has_next) first = collect({next});
    if (root->mountpoint != mountpoint(id))
        note(first, put_in_place(id));
    else if (!root->mounted)
        note(first, zfs_.mount(dataset(id)));
    return first;
}

/// The root has its name by now: entries may know it as `next` still.
core::Status ZfsDatasets::settle_limit(const core::PotId& id, const Entries& entries,
                                       std::int64_t bytes) const {
    const ZfsEntry* root = file_system(entries, dataset(id));
    if (root == nullptr) root = file_system(entries, jail(id) + "/next");
    if (root == nullptr || root->quota == bytes) return {};
    return limit(id, bytes).in("pot " + id.text);
}

core::Status ZfsDatasets::drop(const core::SnapshotKey& key) const {
    auto entries = zfs_.list(jail(key.pot), Depth::Everything);
    if (!entries) return unless(std::move(entries).error(), core::ErrorKind::NotFound);
    const auto snapshot = find(key, entries.value());
    if (!snapshot) return {};
    if (auto retired = retire(snapshot.value()); !retired) return retired;
    return last_old_number(entries.value(), jail(key.pot)) == 0 ? core::Status() : tidy(key.pot);
}

/// Its name is free afterwards, also if it lives on for its clones.
core::Status ZfsDatasets::retire(const ZfsEntry& snapshot) const {
    auto gone = zfs_.destroy(snapshot.name, {});
    if (gone || gone.error().kind != core::ErrorKind::Conflict)
        return unless(std::move(gone), core::ErrorKind::NotFound);
    const std::string name = snapshot.snapshot().substr(snapshot_prefix.size());
    const std::string aside = snapshot.dataset() + "@" + std::string(retired_prefix) +
                              std::to_string(snapshot.created) + "." + name;
    if (auto renamed = zfs_.rename(snapshot.name, aside); !renamed) return renamed;
    return zfs_.destroy(aside, {false, true});
}

/// Earlier roots stay for their snapshots only.
core::Status ZfsDatasets::tidy(const core::PotId& id) const {
    auto entries = zfs_.list(jail(id), Depth::Everything);
    if (!entries) return std::move(entries).error();
    std::set<std::string> unwanted, needed;
    for (const ZfsEntry& entry : entries.value()) {
        const bool retired = entry.snapshot().starts_with(retired_prefix);
        if (entry.is_snapshot && !retired) needed.insert(entry.dataset());
    }
    for (const ZfsEntry& entry : entries.value()) {
        if (old_number(entry, jail(id)) != 0 && !needed.contains(entry.name)) unwanted.insert(entry.name);
    }
    return collect(unwanted);
}

core::Status ZfsDatasets::collect(const std::set<std::string>& unwanted) const {
    auto left = unwanted;
    while (!left.empty()) {
        auto entries = zfs_.list(jails(), Depth::Everything);
        if (!entries) return std::move(entries).error();
        std::erase_if(left, [&](const auto& name) { return file_system(*entries, name) == nullptr; });
        if (left.empty()) break;
        auto progress = collect_one(left, entries.value());
        if (!progress) return std::move(progress).error();
        if (!progress.value())
            return core::error(core::ErrorKind::Internal, "the dataset " + *left.begin() +
                                                              " cannot be destroyed: something that is not "
                                                              "potd's depends on it");
    }
    return {};
}

/// Destroys what nothing depends on, or lets a clone of it that stays take over what they share. False if
/// there is nothing of the kind.
core::Result<bool> ZfsDatasets::collect_one(std::set<std::string>& unwanted, const Entries& entries) const {
    std::set<std::string> with_dependents;
    std::optional<std::string> heir;
    for (const ZfsEntry& entry : entries) {
        if (entry.is_snapshot) continue;
        const std::string parent = entry.name.substr(0, entry.name.rfind('/'));
        const std::string source = entry.origin.substr(0, entry.origin.find('@'));
        with_dependents.insert(parent);
        if (!source.empty()) with_dependents.insert(source);
        if (unwanted.contains(source) && !unwanted.contains(entry.name)) heir = entry.name;
    }
    bool progress = false;
    for (const std::string& name : std::set<std::string>(unwanted)) {
        if (with_dependents.contains(name)) continue;
        if (auto gone = zfs_.destroy(name, {true, false}); !gone) return std::move(gone).error();
        unwanted.erase(name);
        progress = true;
    }
    if (progress || !heir) return progress;
    auto promoted = zfs_.promote(*heir);
    return promoted ? core::Result<bool>(true) : std::move(promoted).error();
}

/// Snapshots of pots that are gone, which went to others with what they share, and those that were put aside:
/// each stays for as long as it has clones.
core::Status ZfsDatasets::drop_strays() const {
    auto entries = zfs_.list(jails(), Depth::Everything);
    if (!entries) return std::move(entries).error();
    std::map<std::string, std::string> names;
    for (const ZfsEntry& entry : entries.value()) {
        const bool ours = entry.is_snapshot && entry.snapshot().starts_with(snapshot_prefix);
        if (!ours || entry.deferred || key_of(entry, core::PotId{entry.pot})) continue;
        std::string& list = names[entry.dataset()];
        list += (list.empty() ? "" : ",") + entry.snapshot();
    }
    core::Status first;
    for (const auto& [dataset, list] : names) note(first, zfs_.destroy(dataset + "@" + list, {false, true}));
    return first;
}

core::Result<std::int64_t> ZfsDatasets::size(const core::PotId& id) const {
    auto entries = zfs_.list(dataset(id), Depth::Itself);
    if (!entries) return std::move(entries).error();
    return entries->empty() ? std::int64_t{0} : entries->front().referenced;
}

core::Result<std::int64_t> ZfsDatasets::size(const core::SnapshotKey& key) const {
    auto entries = zfs_.list(jail(key.pot), Depth::Everything);
    if (!entries) return std::move(entries).error();
    const auto snapshot = find(key, entries.value());
    return snapshot ? core::Result<std::int64_t>(snapshot->referenced) : snapshot.error();
}

// Sweeping

core::Status ZfsDatasets::sweep(const std::set<core::PotId>& pots,
                                const std::set<core::SnapshotKey>& snapshots,
                                const std::map<core::PotId, std::int64_t>& limits) const {
    auto entries = zfs_.list(jails(), Depth::Everything);
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
        note(first, pots.contains(id) ? sweep_jail(id, own, snapshots, bytes) : drop(id));
    }
    note(first, drop_strays());
    note(first, drop_bases_put_aside());
    return first;
}

core::Status ZfsDatasets::sweep_jail(const core::PotId& id, const Entries& entries,
                                     const std::set<core::SnapshotKey>& snapshots, std::int64_t limit) const {
    core::Status first = settle(id, entries);
    if (first) first = settle_limit(id, entries, limit);
    bool has_old = false;
    for (const ZfsEntry& entry : entries) {
        has_old = has_old || old_number(entry, jail(id)) != 0;
        const auto key = key_of(entry, id);
        if (key && !snapshots.contains(*key)) note(first, retire(entry));
    }
    if (has_old) note(first, tidy(id));
    return first;
}

// Bases

core::Status ZfsDatasets::make_base(const std::string& temporary) const {
    return zfs_.create(base(temporary), {{"mountpoint", place_.state_dir + "/bases/" + temporary},
                                         {zfs_base_property, temporary}});
}

core::Status ZfsDatasets::keep_base(const std::string& temporary, const std::string& name) const {
    auto kept = zfs_.snapshot(base(temporary) + "@installed");
    if (kept) kept = zfs_.rename(base(temporary), base(name));
    if (!kept) return kept;
    return zfs_.set(
        base(name),
        {{"readonly", "on"}, {"mountpoint", place_.state_dir + "/bases/" + name}, {zfs_base_property, name}});
}

core::Status ZfsDatasets::drop_base(const std::string& name) const {
    auto gone = zfs_.destroy(base(name), {true, false});
    if (gone || gone.error().kind != core::ErrorKind::Conflict)
        return unless(std::move(gone), core::ErrorKind::NotFound);
    auto entries = zfs_.list(base(name), Depth::Itself);
    if (!entries) return std::move(entries).error();
    // The number keeps several of one name apart.
    const std::string aside = base(".gone-" + std::to_string(entries->front().created) + "-" + name);
    if (auto hidden = zfs_.set(base(name), {{"mountpoint", "none"}}); !hidden) return hidden;
    return zfs_.rename(base(name), aside);
}

core::Status ZfsDatasets::sweep_bases(const std::set<std::string>& known) const {
    auto entries = zfs_.list(bases(), Depth::Children);
    if (!entries) return std::move(entries).error();
    core::Status first;
    for (const ZfsEntry& entry : entries.value()) {
        if (entry.is_snapshot || entry.base.empty()) continue;
        const std::string name = entry.name.substr(bases().size() + 1);
        if (name.starts_with(".gone-")) continue;
        const std::string place = place_.state_dir + "/bases/" + name;
        if (!known.contains(name))
            note(first, drop_base(name));
        else if (entry.mountpoint != place)
            note(first, zfs_.set(entry.name, {{"mountpoint", place}}));
        else if (!entry.mounted)
            note(first, zfs_.mount(entry.name));
    }
    return first;
}

core::Status ZfsDatasets::drop_bases_put_aside() const {
    auto entries = zfs_.list(bases(), Depth::Children);
    if (!entries) return std::move(entries).error();
    core::Status first;
    for (const ZfsEntry& entry : entries.value()) {
        const bool aside = !entry.is_snapshot && entry.name.starts_with(base(".gone-"));
        if (aside) note(first, zfs_.destroy(entry.name, {true, false}));
    }
    return first;
}

}  // namespace potd::platform
