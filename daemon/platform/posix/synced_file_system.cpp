#include "daemon/platform/posix/synced_file_system.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_sync.hpp"

#include <cerrno>

#include <unistd.h>

namespace potd::platform {
namespace {

/// One that some drivers do not have is none to write.
core::Status sync_place(const std::string& path, bool whole, bool optional) {
    auto directory = open_directory(path);
    if (!directory && optional && directory.error().kind == core::ErrorKind::NotFound) return {};
    if (!directory) return std::move(directory).error();
    if (whole) return bring_to_disk(directory->get());
    if (::fsync(directory->get()) != 0) return core::os_error(errno, "write to disk: " + path);
    return {};
}

core::Status sync_places(const std::string& state_dir, const std::vector<std::string>& names, bool whole) {
    for (const std::string& name : names) {
        auto synced = sync_place(std::string(state_dir).append("/").append(name),
                                 whole && name == names.front(), name == "layers");
        if (!synced) return synced;
    }
    return {};
}

}  // namespace

SyncedFileSystem::SyncedFileSystem(core::Executor& executor, std::string state_dir,
                                   std::unique_ptr<core::FileSystem> files)
    : executor_(executor), state_dir_(std::move(state_dir)), files_(std::move(files)) {}

/// What shares its files with a base or a snapshot has directories of its own only.
SyncedFileSystem::Places SyncedFileSystem::places_of(const core::PotId& id) const {
    return {{"pots/" + id.text, "pots"}, !abilities().shares};
}

SyncedFileSystem::Undo SyncedFileSystem::discarding(const core::PotId& id) {
    return [this, id] { return files_->discard(id); };
}

core::Reply<void> SyncedFileSystem::synced(Places places, core::Reply<void> reply, Undo undo) {
    return [this, alive = std::weak_ptr(alive_), places = std::move(places), reply = std::move(reply),
            undo = std::move(undo)](core::Status done) {
        if (!done || alive.expired()) return reply(std::move(done));
        auto outcome = std::make_shared<core::Status>();
        executor_.blocking(
            [outcome, places, state_dir = state_dir_] {
                *outcome = sync_places(state_dir, places.directories, places.whole);
            },
            [outcome, reply, undo] {
                if (!*outcome && undo) {
                    if (core::Status gone = undo(); !gone)
                        *outcome = std::move(*outcome).in("left behind: " + gone.error().message);
                }
                reply(std::move(*outcome));
            });
    };
}

void SyncedFileSystem::create(const core::PotId& id, const core::Base& base, core::Reply<void> reply) {
    files_->create(id, base, synced(places_of(id), std::move(reply), discarding(id)));
}

void SyncedFileSystem::clone(const core::SnapshotKey& source, const core::PotId& id,
                             core::Reply<void> reply) {
    files_->clone(source, id, synced(places_of(id), std::move(reply), discarding(id)));
}

/// What the pot has written may still be in memory; zfs has written all of it before it answers.
void SyncedFileSystem::snapshot(const core::SnapshotKey& key, core::Reply<void> reply) {
    const std::string folder = "snapshots/" + key.pot.text + "." + std::to_string(key.number);
    files_->snapshot(key, synced({{folder, "snapshots", "layers", "pots/" + key.pot.text}, name() != "zfs"},
                                 std::move(reply)));
}

void SyncedFileSystem::rollback(const core::SnapshotKey& key, core::Reply<void> reply) {
    files_->rollback(key, synced(places_of(key.pot), std::move(reply)));
}

}  // namespace potd::platform
