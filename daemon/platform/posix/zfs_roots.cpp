#include "daemon/platform/posix/zfs_roots.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

namespace potd::platform {
namespace {

using Depth = Zfs::Depth;

constexpr std::string_view snapshot_prefix = "potd.";
constexpr std::string_view retired_prefix = "potd.gone.";

/// N of an earlier tree; 0 for others.
unsigned old_number(const ZfsEntry& entry, const ZfsRoot& root) {
    unsigned number = 0;
    if (entry.is_snapshot || !entry.name.starts_with(root.old)) return 0;
    const char* const end = entry.name.data() + entry.name.size();
    const auto [parsed, problem] = std::from_chars(entry.name.data() + root.old.size(), end, number);
    return problem == std::errc() && parsed == end ? number : 0;
}

unsigned last_old_number(const ZfsEntries& entries, const ZfsRoot& root) {
    unsigned last = 0;
    for (const ZfsEntry& entry : entries) last = std::max(last, old_number(entry, root));
    return last;
}

/// Whether the dataset is one of the tree's.
bool is_of(const ZfsRoot& root, const std::string& dataset) {
    ZfsEntry entry;
    entry.name = dataset;
    return dataset == root.name || dataset == root.next || old_number(entry, root) != 0;
}

bool is_newest(const ZfsEntry& snapshot, const ZfsEntries& entries) {
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

core::Result<ZfsEntry> snapshot_in(const ZfsEntries& entries, const ZfsRoot& root, std::uint32_t number) {
    const std::string name = root.snapshots + std::to_string(number);
    for (const ZfsEntry& entry : entries) {
        if (entry.is_snapshot && entry.snapshot() == name && is_of(root, entry.dataset())) return entry;
    }
    return core::error(core::ErrorKind::NotFound, "there is no snapshot " + name + " of " + root.name);
}

}  // namespace

const ZfsEntry* file_system_in(const ZfsEntries& entries, const std::string& name) {
    const auto found = std::find_if(entries.begin(), entries.end(), [&](const ZfsEntry& entry) {
        return !entry.is_snapshot && entry.name == name;
    });
    return found == entries.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> snapshot_number(const ZfsEntry& entry, const std::string& prefix) {
    const std::string name = entry.snapshot();
    std::uint32_t number = 0;
    if (!entry.is_snapshot || !name.starts_with(prefix)) return std::nullopt;
    const char* const end = name.data() + name.size();
    const auto [parsed, problem] = std::from_chars(name.data() + prefix.size(), end, number);
    return problem == std::errc() && parsed == end ? std::optional(number) : std::nullopt;
}

void keep_first(core::Status& first, core::Status next) {
    if (first && !next) first = std::move(next);
}

core::Status unless(const core::Status& done, core::ErrorKind harmless) {
    return !done && done.error().kind == harmless ? core::Status() : done;
}

// Snapshots

core::Result<ZfsEntry> ZfsRoots::find(const ZfsRoot& root, std::uint32_t number) const {
    auto entries = zfs_.list(root.above, Depth::Everything);
    if (!entries) return std::move(entries).error();
    return snapshot_in(entries.value(), root, number);
}

core::Status ZfsRoots::snapshot(const ZfsRoot& root, std::uint32_t number) const {
    auto before = find(root, number);
    if (!before && before.error().kind != core::ErrorKind::NotFound) return std::move(before).error();
    if (before) {
        if (auto retired = retire(before.value()); !retired) return retired;
    }
    return zfs_.snapshot(root.name + "@" + root.snapshots + std::to_string(number));
}

core::Status ZfsRoots::rollback(const ZfsRoot& root, std::uint32_t number) const {
    auto entries = zfs_.list(root.above, Depth::Everything);
    if (!entries) return std::move(entries).error();
    const auto snapshot = snapshot_in(entries.value(), root, number);
    if (!snapshot) return snapshot.error();
    const ZfsEntry* now = file_system_in(entries.value(), root.name);
    const std::int64_t quota = now == nullptr ? 0 : now->quota;
    if (quota != 0 && snapshot->referenced > quota) return does_not_fit(snapshot->referenced, quota);
    if (snapshot->dataset() == root.name && is_newest(snapshot.value(), entries.value()))
        return zfs_.rollback(snapshot->name);
    auto exchanged = exchange(root, snapshot.value(), quota, entries.value());
    if (exchanged) return tidy(root);
    entries = zfs_.list(root.above, Depth::Everything);
    // What failed is what the caller has to know.
    if (entries) static_cast<void>(settle_tree(root, entries.value()));
    return exchanged;
}

/// One of the two datasets has the tree's name at any time, or `next` is whole: see `settle_tree`.
core::Status ZfsRoots::exchange(const ZfsRoot& root, const ZfsEntry& snapshot, std::int64_t quota,
                                const ZfsEntries& entries) const {
    const std::string old = root.old + std::to_string(last_old_number(entries, root) + 1);
    if (file_system_in(entries, root.next) != nullptr) {
        if (auto gone = collect(root.kind, {root.next}); !gone) return gone;
    }
    ZfsProperties properties = root.properties;
    if (quota != 0) properties.emplace_back("refquota", quota_word(quota));
    auto done = zfs_.clone(snapshot.name, root.next, properties);
    if (done) done = zfs_.set(root.name, {{"mountpoint", "none"}});
    if (done) done = zfs_.rename(root.name, old);
    if (done) done = zfs_.rename(root.next, root.name);
    return done ? put_in_place(root) : done;
}

core::Status ZfsRoots::put_in_place(const ZfsRoot& root) const {
    return zfs_.set(root.name, {{"mountpoint", root.mountpoint}});
}

core::Status ZfsRoots::drop(const ZfsRoot& root, std::uint32_t number) const {
    auto entries = zfs_.list(root.above, Depth::Everything);
    if (!entries) return unless(std::move(entries).error(), core::ErrorKind::NotFound);
    const auto snapshot = snapshot_in(entries.value(), root, number);
    if (!snapshot) return {};
    if (auto retired = retire(snapshot.value()); !retired) return retired;
    return last_old_number(entries.value(), root) == 0 ? core::Status() : tidy(root);
}

core::Status ZfsRoots::retire(const ZfsEntry& snapshot) const {
    auto gone = zfs_.destroy(snapshot.name, {});
    if (gone || gone.error().kind != core::ErrorKind::Conflict)
        return unless(gone, core::ErrorKind::NotFound);
    const std::string name = snapshot.snapshot().substr(snapshot_prefix.size());
    const std::string aside = snapshot.dataset() + "@" + std::string(retired_prefix) +
                              std::to_string(snapshot.created) + "." + name;
    if (auto renamed = zfs_.rename(snapshot.name, aside); !renamed) return renamed;
    return zfs_.destroy(aside, {false, true});
}

/// Earlier trees stay for their snapshots only.
core::Status ZfsRoots::tidy(const ZfsRoot& root) const {
    auto entries = zfs_.list(root.above, Depth::Everything);
    if (!entries) return std::move(entries).error();
    std::set<std::string> unwanted, needed;
    for (const ZfsEntry& entry : entries.value()) {
        const bool retired = entry.snapshot().starts_with(retired_prefix);
        if (entry.is_snapshot && !retired) needed.insert(entry.dataset());
    }
    for (const ZfsEntry& entry : entries.value()) {
        if (old_number(entry, root) != 0 && !needed.contains(entry.name)) unwanted.insert(entry.name);
    }
    return collect(root.kind, unwanted);
}

// Sizes

core::Status ZfsRoots::limit(const ZfsRoot& root, std::int64_t bytes) const {
    auto set = zfs_.set(root.name, {{"refquota", quota_word(bytes)}});
    if (set || set.error().kind != core::ErrorKind::Conflict) return set;
    const auto used = size(root);
    return used ? does_not_fit(*used, bytes) : set;
}

core::Result<std::int64_t> ZfsRoots::size(const ZfsRoot& root) const {
    auto entries = zfs_.list(root.name, Depth::Itself);
    if (!entries) return std::move(entries).error();
    return entries->empty() ? std::int64_t{0} : entries->front().referenced;
}

// At start-up

core::Status ZfsRoots::settle(const ZfsRoot& root, const ZfsEntries& entries,
                              const std::set<std::uint32_t>& kept, std::int64_t bytes) const {
    core::Status first = settle_tree(root, entries);
    if (first) first = settle_limit(root, entries, bytes);
    bool has_old = false;
    for (const ZfsEntry& entry : entries) {
        has_old = has_old || old_number(entry, root) != 0;
        const auto number =
            is_of(root, entry.dataset()) ? snapshot_number(entry, root.snapshots) : std::nullopt;
        if (number && !kept.contains(*number)) keep_first(first, retire(entry));
    }
    if (has_old) keep_first(first, tidy(root));
    return first;
}

core::Status ZfsRoots::settle_tree(const ZfsRoot& root, const ZfsEntries& entries) const {
    const ZfsEntry* now = file_system_in(entries, root.name);
    const bool has_next = file_system_in(entries, root.next) != nullptr;
    if (now == nullptr && !has_next) return {};  // of another driver
    if (now == nullptr) {
        if (auto renamed = zfs_.rename(root.next, root.name); !renamed) return renamed;
        return put_in_place(root);
    }
    core::Status first;
    if (has_next) first = collect(root.kind, {root.next});
    if (now->mountpoint != root.mountpoint)
        keep_first(first, put_in_place(root));
    else if (!now->mounted)
        keep_first(first, zfs_.mount(root.name));
    return first;
}

/// The tree has its name by now: entries may know it as `next` still.
core::Status ZfsRoots::settle_limit(const ZfsRoot& root, const ZfsEntries& entries,
                                    std::int64_t bytes) const {
    const ZfsEntry* now = file_system_in(entries, root.name);
    if (now == nullptr) now = file_system_in(entries, root.next);
    if (now == nullptr || now->quota == bytes) return {};
    return limit(root, bytes).in(root.name);
}

// Destroying

core::Status ZfsRoots::collect(const std::string& kind, const std::set<std::string>& unwanted) const {
    auto left = unwanted;
    while (!left.empty()) {
        auto entries = zfs_.list(kind, Depth::Everything);
        if (!entries) return std::move(entries).error();
        std::erase_if(left, [&](const auto& name) { return file_system_in(*entries, name) == nullptr; });
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
core::Result<bool> ZfsRoots::collect_one(std::set<std::string>& unwanted, const ZfsEntries& entries) const {
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

core::Status ZfsRoots::drop_strays(const std::string& kind,
                                   const std::function<bool(const ZfsEntry&)>& known) const {
    auto entries = zfs_.list(kind, Depth::Everything);
    if (!entries) return std::move(entries).error();
    std::map<std::string, std::string> names;
    for (const ZfsEntry& entry : entries.value()) {
        const bool ours = entry.is_snapshot && entry.snapshot().starts_with(snapshot_prefix);
        if (!ours || entry.deferred || known(entry)) continue;
        std::string& list = names[entry.dataset()];
        list += (list.empty() ? "" : ",") + entry.snapshot();
    }
    core::Status first;
    for (const auto& [dataset, list] : names)
        keep_first(first, zfs_.destroy(std::string(dataset).append("@").append(list), {false, true}));
    return first;
}

}  // namespace potd::platform
