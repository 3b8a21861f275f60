#include "daemon/platform/posix/zfs_volume_store.hpp"

#include "core/model/names.hpp"
#include "daemon/platform/posix/mount_point.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

#include <cerrno>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr const char* plain_tree = "root";

std::string record_of(const core::VolumeSnapshotKey& key) {
    return key.volume + "@" + std::to_string(key.number);
}

core::Status sync_records(int fd) {
    if (::fsync(fd) == 0) return {};
    return core::os_error(errno, "write to disk");
}

}  // namespace

core::Result<std::unique_ptr<ZfsVolumeStore>> ZfsVolumeStore::open(core::Executor& executor,
                                                                   std::shared_ptr<SerialExecutor> order,
                                                                   const ZfsDatasets& datasets,
                                                                   TreeTrash::Problem problem) {
    const std::string& state = datasets.place().state_dir;
    // What is in volumes is for root alone on the host, as with directories.
    auto made = make_directory(AT_FDCWD, state + "/fscomp-trees", S_IRWXU);
    if (!made && made.error().os_error != EEXIST) return std::move(made).error().in("fscomp-trees");
    auto plain = TreeVolumeStore::open(executor, state, problem);
    if (!plain) return std::move(plain).error();
    auto trash = TreeTrash::open(executor, state + "/trash", problem);
    if (!trash) return std::move(trash).error();
    auto volumes = TreeShelf::open(state + "/fscomp", *trash);
    if (!volumes) return std::move(volumes).error();
    auto snapshots = TreeShelf::open(state + "/fscomp-snapshots", *trash);
    if (!snapshots) return std::move(snapshots).error();
    return std::unique_ptr<ZfsVolumeStore>(new ZfsVolumeStore(executor, std::move(order), datasets,
                                                              *std::move(plain), *std::move(volumes),
                                                              *std::move(snapshots), std::move(problem)));
}

// What is done on the pool

void ZfsVolumeStore::act(Work work, Done done) {
    auto outcome = std::make_shared<core::Status>();
    auto job = [datasets = datasets_, work = std::move(work), outcome] { *outcome = work(*datasets); };
    auto over = [alive = std::weak_ptr(alive_), done = std::move(done), outcome] {
        if (!alive.expired()) done(std::move(*outcome));
    };
    order_->blocking(std::move(job), std::move(over));
}

void ZfsVolumeStore::size(Size ask, core::Reply<std::int64_t> reply) {
    auto outcome = std::make_shared<core::Result<std::int64_t>>(std::int64_t{0});
    act(
        [ask = std::move(ask), outcome](const ZfsVolumes& datasets) {
            *outcome = ask(datasets);
            return core::Status();
        },
        [outcome, reply = std::move(reply)](const core::Status&) { reply(std::move(*outcome)); });
}

void ZfsVolumeStore::refuse(core::Reply<void> reply, core::Error error) {
    executor_.post([reply = std::move(reply), error = std::move(error)] { reply(error); });
}

void ZfsVolumeStore::make(TreeShelf& shelf, const std::string& folder, Work work, Work undo,
                          core::Reply<void> reply) {
    act(std::move(work),
        [this, &shelf, folder, undo = std::move(undo), reply = std::move(reply)](core::Status made) {
            if (made) return record(shelf, folder, undo, reply);
            // What was begun goes, the caller is told why it was not more.
            act(undo, [reply, made = std::move(made)](const core::Status&) { reply(made); });
        });
}

void ZfsVolumeStore::record(TreeShelf& shelf, const std::string& folder, const Work& undo,
                            const core::Reply<void>& reply) {
    auto begun = shelf.begin(folder);
    core::Status named = begun ? shelf.commit(folder) : core::Status(std::move(begun).error());
    auto done = [this, &shelf, folder, undo, reply](core::Status synced) {
        if (synced) return reply({});
        static_cast<void>(shelf.discard(folder));  // without its dataset the record is swept
        act(undo, [reply, synced = std::move(synced)](const core::Status&) { reply(synced); });
    };
    if (!named) return done(std::move(named));
    act([fd = shelf.fd()](const ZfsVolumes&) { return sync_records(fd); }, std::move(done));
}

void ZfsVolumeStore::drop(const std::string& what, Work work) {
    act(std::move(work), [this, what](const core::Status& dropped) {
        if (!dropped && problem_) problem_(what + ": " + dropped.error().message);
    });
}

// Volumes

bool ZfsVolumeStore::is_plain(const std::string& name) const {
    const auto folder = volumes_.find(name);
    return folder && stat_entry(folder->get(), plain_tree).ok();
}

core::Status ZfsVolumeStore::check_new(const std::string& name) const {
    if (auto legal = core::check_name(name); !legal) return legal;
    if (!volumes_.has(name)) return {};
    return core::error(core::ErrorKind::Conflict,
                       volumes_.path(name) + " exists; what no fscomp owns is removed when potd starts");
}

void ZfsVolumeStore::create(const std::string& name, core::Reply<void> reply) {
    if (auto able = check_new(name); !able) return refuse(std::move(reply), std::move(able).error());
    make(
        volumes_, name, [name](const ZfsVolumes& datasets) { return datasets.make(name); },
        [name](const ZfsVolumes& datasets) { return datasets.drop(name); }, std::move(reply));
}

std::string ZfsVolumeStore::path(std::string_view name) const {
    const std::string text(name);
    if (is_plain(text)) return plain_->path(name);
    const std::string place = datasets_->mountpoint(text);
    // Nobody is to write below a dataset that is not mounted: there is nothing of this name.
    return is_mount_point(place) ? place : place + ":not-mounted";
}

void ZfsVolumeStore::measure(const std::string& name, core::Reply<std::int64_t> reply) {
    if (is_plain(name)) return plain_->measure(name, std::move(reply));
    size([name](const ZfsVolumes& datasets) { return datasets.roots().size(datasets.root(name)); },
         std::move(reply));
}

core::Status ZfsVolumeStore::discard(const std::string& name) {
    if (auto legal = core::check_name(name); !legal) return legal;
    // Also what lies there as a directory: plain volumes, and their snapshots, go that way.
    if (auto gone = plain_->discard(name); !gone) return gone;
    drop("fscomp " + name, [name](const ZfsVolumes& datasets) { return datasets.drop(name); });
    return {};
}

void ZfsVolumeStore::limit(const std::string& name, std::int64_t bytes, core::Reply<void> reply) {
    if (is_plain(name)) return plain_->limit(name, bytes, std::move(reply));
    act([name,
         bytes](const ZfsVolumes& datasets) { return datasets.roots().limit(datasets.root(name), bytes); },
        std::move(reply));
}

// Snapshots

bool ZfsVolumeStore::shares(std::string_view name) const {
    return is_plain(std::string(name)) ? plain_->shares(name) : true;
}

void ZfsVolumeStore::measure(const core::VolumeSnapshotKey& key, core::Reply<std::int64_t> reply) {
    if (is_plain(key.volume)) return plain_->measure(key, std::move(reply));
    size(
        [key](const ZfsVolumes& datasets) -> core::Result<std::int64_t> {
            const auto found = datasets.roots().find(datasets.root(key.volume), key.number);
            if (!found) return found.error();
            return found->referenced;
        },
        std::move(reply));
}

void ZfsVolumeStore::snapshot(const core::VolumeSnapshotKey& key, core::Reply<void> reply) {
    if (is_plain(key.volume)) return plain_->snapshot(key, std::move(reply));
    if (auto known = volumes_.find(key.volume); !known)
        return refuse(std::move(reply), std::move(known).error());
    // One that was not recorded gives way.
    if (auto old = snapshots_.discard(record_of(key)); !old)
        return refuse(std::move(reply), std::move(old).error());
    make(
        snapshots_, record_of(key),
        [key](const ZfsVolumes& datasets) {
            return datasets.roots().snapshot(datasets.root(key.volume), key.number);
        },
        [key](const ZfsVolumes& datasets) {
            return datasets.roots().drop(datasets.root(key.volume), key.number);
        },
        std::move(reply));
}

void ZfsVolumeStore::rollback(const core::VolumeSnapshotKey& key, core::Reply<void> reply) {
    if (is_plain(key.volume)) return plain_->rollback(key, std::move(reply));
    if (auto known = snapshots_.find(record_of(key)); !known)
        return refuse(std::move(reply), std::move(known).error());
    act(
        [key](const ZfsVolumes& datasets) {
            return datasets.roots().rollback(datasets.root(key.volume), key.number);
        },
        std::move(reply));
}

void ZfsVolumeStore::clone(const core::VolumeSnapshotKey& source, const std::string& name,
                           core::Reply<void> reply) {
    if (is_plain(source.volume)) return plain_->clone(source, name, std::move(reply));
    if (auto able = check_new(name); !able) return refuse(std::move(reply), std::move(able).error());
    if (auto known = snapshots_.find(record_of(source)); !known)
        return refuse(std::move(reply), std::move(known).error());
    make(
        volumes_, name,
        [source, name](const ZfsVolumes& datasets) { return datasets.make_on_snapshot(source, name); },
        [name](const ZfsVolumes& datasets) { return datasets.drop(name); }, std::move(reply));
}

core::Status ZfsVolumeStore::discard(const core::VolumeSnapshotKey& key) {
    if (auto legal = core::check_name(key.volume); !legal) return legal;
    const bool plain = is_plain(key.volume);
    if (auto gone = snapshots_.discard(record_of(key)); !gone || plain) return gone;
    drop("snapshot " + std::to_string(key.number) + " of fscomp " + key.volume,
         [key](const ZfsVolumes& datasets) {
             return datasets.roots().drop(datasets.root(key.volume), key.number);
         });
    return {};
}

// Starting

core::Status ZfsVolumeStore::sweep(const std::vector<std::string>& known,
                                   const std::vector<core::VolumeSnapshotKey>& snapshots,
                                   const core::VolumeLimits& limits) {
    core::VolumeLimits of_plain, of_datasets;
    for (const auto& [name, bytes] : limits) (is_plain(name) ? of_plain : of_datasets).emplace(name, bytes);
    auto first = plain_->sweep(known, snapshots, of_plain);
    auto second =
        datasets_->sweep({known.begin(), known.end()}, {snapshots.begin(), snapshots.end()}, of_datasets);
    return first ? second : first;
}

}  // namespace potd::platform
