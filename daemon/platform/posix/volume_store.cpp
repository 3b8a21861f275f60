#include "daemon/platform/posix/volume_store.hpp"

#include "core/model/names.hpp"
#include "daemon/platform/posix/dir_file_system.hpp"
#include "daemon/platform/posix/root_swap.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_bounds.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"
#include "daemon/platform/posix/tree_sync.hpp"

#include <cerrno>
#include <set>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr const char* volume_tree = "root";
constexpr mode_t volume_mode = 0755;
constexpr char number_mark = '@';  ///< in no legal name

core::Status sync_directory(int fd) {
    if (::fsync(fd) == 0) return {};
    return core::os_error(errno, "write to disk");
}

/// An empty tree in the directory `folder`, with its entry on the disk.
core::Status make_volume_tree(int folder) {
    if (auto made = make_tree(folder, volume_tree, volume_mode); !made) return made;
    auto tree = open_child_directory(folder, volume_tree);
    if (!tree) return std::move(tree).error();
    if (auto synced = sync_directory(tree->get()); !synced) return synced;
    return sync_directory(folder);
}

std::string folder_of(const core::VolumeSnapshotKey& key) {
    return key.volume + number_mark + std::to_string(key.number);
}

core::Result<UniqueFd> tree_in(const TreeShelf& shelf, const std::string& name) {
    auto folder = shelf.find(name);
    return folder ? open_child_directory(folder->get(), volume_tree) : std::move(folder);
}

TreeDoubling doubling_on(int fd) {
    return has_subvolumes(fd) ? subvolume_trees() : copied_trees();
}

}  // namespace

core::Result<std::unique_ptr<TreeVolumeStore>> TreeVolumeStore::open(core::Executor& executor,
                                                                     const std::string& state_dir,
                                                                     TreeTrash::Problem problem) {
    auto trash = TreeTrash::open(executor, state_dir + "/trash", std::move(problem));
    if (!trash) return std::move(trash).error();
    auto volumes = TreeShelf::open(state_dir + "/fscomp", *trash);
    if (!volumes) return std::move(volumes).error();
    auto snapshots = TreeShelf::open(state_dir + "/fscomp-snapshots", *trash);
    if (!snapshots) return std::move(snapshots).error();
    const TreeDoubling doubling = doubling_on(volumes->fd());
    return std::unique_ptr<TreeVolumeStore>(
        new TreeVolumeStore(executor, *std::move(volumes), *std::move(snapshots), doubling));
}

TreeVolumeStore::~TreeVolumeStore() {
    for (auto& [name, work] : works_) work->stop = true;
}

// What is done on the pool

void TreeVolumeStore::act(std::function<core::Status()> work, Done done) {
    auto outcome = std::make_shared<core::Status>();
    executor_.blocking([outcome, work = std::move(work)] { *outcome = work(); },
                       [alive = std::weak_ptr(alive_), outcome, done = std::move(done)] {
                           if (!alive.expired()) done(std::move(*outcome));
                       });
}

void TreeVolumeStore::refuse(core::Reply<void> reply, core::Error error) {
    executor_.post([reply = std::move(reply), error = std::move(error)] { reply(error); });
}

TreeVolumeStore::Work TreeVolumeStore::begin_work(const std::string& volume) {
    return works_[volume] = std::make_shared<TreeWork>();
}

core::Reply<void> TreeVolumeStore::ending(const std::string& volume, core::Reply<void> reply) {
    return [this, volume, reply = std::move(reply)](core::Status done) {
        works_.erase(volume);
        reply(std::move(done));
    };
}

std::optional<std::int64_t> TreeVolumeStore::copied(std::string_view name) const {
    const auto work = works_.find(name);
    return work == works_.end() ? std::nullopt : std::optional(work->second->copied.load());
}

TreeVolumeStore::Fill TreeVolumeStore::copy_of(UniqueFd from, const char* name, bool read_only,
                                               const Work& work) const {
    return [from = std::make_shared<UniqueFd>(std::move(from)), name, read_only, make = doubling_.make,
            work](int folder) -> core::Status {
        if (auto made = make(from->get(), folder, name, read_only, *work); !made) return made;
        auto tree = open_child_directory(folder, name);
        if (!tree) return std::move(tree).error();
        if (auto written = bring_to_disk(tree->get()); !written) return written;
        return sync_directory(folder);
    };
}

TreeVolumeStore::Fill TreeVolumeStore::bounded_copy_of(UniqueFd from, const char* name,
                                                       core::Result<UniqueFd> model, const Work& work) const {
    auto shared = std::make_shared<UniqueFd>(model ? std::move(model).value() : UniqueFd());
    return [copy = copy_of(std::move(from), name, false, work), name, shared,
            bounds = doubling_.abilities.quotas](int folder) -> core::Status {
        auto made = copy(folder);
        return made && bounds ? bound_as(folder, name, *shared ? shared->get() : -1) : made;
    };
}

void TreeVolumeStore::shelve(TreeShelf& shelf, const std::string& name, Fill fill, core::Reply<void> reply) {
    auto folder = shelf.begin(name);
    if (!folder) return refuse(std::move(reply), std::move(folder).error());
    auto opened = std::make_shared<UniqueFd>(std::move(folder).value());
    act([fill = std::move(fill), opened] { return fill(opened->get()); },
        [this, &shelf, name, reply = std::move(reply)](core::Status made) {
            name_it(shelf, name, std::move(made), reply);
        });
}

void TreeVolumeStore::name_it(TreeShelf& shelf, const std::string& name, core::Status made,
                              core::Reply<void> reply) {
    auto undone = [&shelf, name](core::Status failed) {
        auto gone = shelf.discard(name);
        if (gone) return failed;
        core::Error both = std::move(failed).error();
        both.message += "; " + gone.error().message;
        return core::Status(std::move(both));
    };
    if (made) made = shelf.commit(name);
    if (!made) return reply(undone(std::move(made)));
    act([fd = shelf.fd()] { return sync_directory(fd); },
        [undone, reply = std::move(reply)](core::Status synced) {
            reply(synced ? core::Status() : undone(std::move(synced)));
        });
}

// Volumes

core::Status TreeVolumeStore::check_new(const std::string& name) const {
    if (auto legal = core::check_name(name); !legal) return legal;
    if (!volumes_.has(name)) return {};
    // What a removal has left that did not reach the disk: its record may come back, so it is not replaced.
    return core::error(core::ErrorKind::Conflict,
                       volumes_.path(name) + " exists; what no fscomp owns is removed when potd starts");
}

void TreeVolumeStore::create(const std::string& name, core::Reply<void> reply) {
    if (auto able = check_new(name); !able) return refuse(std::move(reply), std::move(able).error());
    shelve(volumes_, name, make_volume_tree, std::move(reply));
}

std::string TreeVolumeStore::path(std::string_view name) const {
    return volumes_.path(std::string(name)) + "/" + volume_tree;
}

void TreeVolumeStore::measure(const std::string& name, core::Reply<std::int64_t> reply) {
    measure_tree(executor_, tree_in(volumes_, name), std::move(reply));
}

core::Status TreeVolumeStore::discard(const std::string& name) {
    if (auto legal = core::check_name(name); !legal) return legal;
    if (auto gone = volumes_.discard(name); !gone) return gone;
    return discard_snapshots_of(name);
}

core::Status TreeVolumeStore::discard_snapshots_of(const std::string& volume) {
    const auto folders = snapshots_.names();
    if (!folders) return folders.error();
    for (const std::string& folder : *folders) {
        if (!folder.starts_with(volume + number_mark)) continue;
        if (auto gone = snapshots_.discard(folder); !gone) return gone;
    }
    return {};
}

void TreeVolumeStore::limit(const std::string& name, std::int64_t bytes, core::Reply<void> reply) {
    if (!has_quotas()) {
        if (bytes == 0) return executor_.post([reply = std::move(reply)] { reply({}); });
        return refuse(std::move(reply), core::error(core::ErrorKind::Unsupported,
                                                    "fscomps have no quotas on this file system"));
    }
    if (bytes == 0) return bound_tree(executor_, tree_in(volumes_, name), 0, std::move(reply));
    auto bound = [this, alive = std::weak_ptr(alive_), name, bytes,
                  reply = std::move(reply)](core::Status ready) {
        if (alive.expired()) return;
        if (!ready) return reply(std::move(ready));
        bound_tree(executor_, tree_in(volumes_, name), bytes, reply);
    };
    prepare_bounds(executor_, volumes_.fd(), std::move(bound));
}

// Snapshots

void TreeVolumeStore::measure(const core::VolumeSnapshotKey& key, core::Reply<std::int64_t> reply) {
    measure_tree(executor_, tree_in(snapshots_, folder_of(key)), std::move(reply));
}

void TreeVolumeStore::snapshot(const core::VolumeSnapshotKey& key, core::Reply<void> reply) {
    auto tree = tree_in(volumes_, key.volume);
    if (!tree) return refuse(std::move(reply), std::move(tree).error());
    const std::string folder = folder_of(key);
    // One that was not recorded gives way.
    if (auto old = snapshots_.discard(folder); !old) return refuse(std::move(reply), std::move(old).error());
    auto fill = copy_of(std::move(tree).value(), volume_tree, true, begin_work(key.volume));
    shelve(snapshots_, folder, std::move(fill), ending(key.volume, std::move(reply)));
}

void TreeVolumeStore::clone(const core::VolumeSnapshotKey& source, const std::string& name,
                            core::Reply<void> reply) {
    if (auto able = check_new(name); !able) return refuse(std::move(reply), std::move(able).error());
    auto tree = tree_in(snapshots_, folder_of(source));
    if (!tree) return refuse(std::move(reply), std::move(tree).error());
    auto unbounded = core::error(core::ErrorKind::NotFound, "a clone has no bound to begin with");
    auto fill = bounded_copy_of(std::move(tree).value(), volume_tree, std::move(unbounded), begin_work(name));
    shelve(volumes_, name, std::move(fill), ending(name, std::move(reply)));
}

void TreeVolumeStore::rollback(const core::VolumeSnapshotKey& key, core::Reply<void> reply) {
    auto tree = tree_in(snapshots_, folder_of(key));
    if (!tree) return refuse(std::move(reply), std::move(tree).error());
    auto folder = volumes_.find(key.volume);
    if (!folder) return refuse(std::move(reply), std::move(folder).error());
    // What a crash has cut goes first.
    if (auto settled = settle_root(folder->get(), volumes_.trash()); !settled)
        return refuse(std::move(reply), std::move(settled).error());
    auto opened = std::make_shared<UniqueFd>(std::move(folder).value());
    auto fill = bounded_copy_of(std::move(tree).value(), half_root, tree_in(volumes_, key.volume),
                                begin_work(key.volume));
    act([fill = std::move(fill), opened] { return fill(opened->get()); },
        [this, key, reply = ending(key.volume, std::move(reply))](core::Status made) {
            rolled_back(key, std::move(made), reply);
        });
}

void TreeVolumeStore::rolled_back(const core::VolumeSnapshotKey& key, core::Status made,
                                  core::Reply<void> reply) {
    auto folder = volumes_.find(key.volume);
    if (!folder) return reply(std::move(folder).error());
    if (auto swapped = swap_root(folder->get(), volumes_.trash(), std::move(made)); !swapped)
        return reply(std::move(swapped));
    auto opened = std::make_shared<UniqueFd>(std::move(folder).value());
    act([opened] { return sync_directory(opened->get()); }, std::move(reply));
}

core::Status TreeVolumeStore::discard(const core::VolumeSnapshotKey& key) {
    if (auto legal = core::check_name(key.volume); !legal) return legal;
    return snapshots_.discard(folder_of(key));
}

// Starting

core::Status TreeVolumeStore::sweep(const std::vector<std::string>& known,
                                    const std::vector<core::VolumeSnapshotKey>& snapshots,
                                    const core::VolumeLimits& limits) {
    core::Status first;
    const auto note = [&first](core::Status status) {
        if (!status && first) first = std::move(status);
    };
    for (const std::string& name : known) {
        if (auto folder = volumes_.find(name)) note(settle_root(folder->get(), volumes_.trash()));
        const auto limit = limits.find(name);
        if (has_quotas())
            note(settle_bound(tree_in(volumes_, name), limit == limits.end() ? 0 : limit->second));
    }
    const std::set<std::string> keep(known.begin(), known.end());
    note(volumes_.sweep([&](const std::string& name) { return keep.contains(name); }));
    std::set<std::string> kept;
    for (const core::VolumeSnapshotKey& key : snapshots) kept.insert(folder_of(key));
    note(snapshots_.sweep([&](const std::string& name) { return kept.contains(name); }));
    return first;
}

}  // namespace potd::platform
