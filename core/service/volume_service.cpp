#include "core/service/volume_service.hpp"

#include "core/model/names.hpp"
#include "core/service/reply.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace potd::core {
namespace {

Event volume_event(std::string_view type, const Volume& volume, WallTime now) {
    return {0, now, std::string(type), {}, {}, 0, {{"fscomp", volume.name}}};
}

Error being_worked_on(std::string_view name) {
    return error(ErrorKind::Conflict,
                 "fscomp " + std::string(name) +
                     ": it is being changed, or a snapshot of it taken or used; try again when that is done");
}

}  // namespace

Error VolumeService::unknown(std::string_view name) {
    return error(ErrorKind::NotFound, "no fscomp is called '" + std::string(name) + "'");
}

// Reading

const Volume* VolumeService::find(std::string_view name) const {
    if (busy_.contains(name)) return nullptr;
    const auto found = volumes_.find(name);
    return found == volumes_.end() ? nullptr : &found->second;
}

std::vector<Volume> VolumeService::list() const {
    std::vector<Volume> all;
    all.reserve(volumes_.size());
    for (const auto& [name, volume] : volumes_) {
        if (!busy_.contains(name)) all.push_back(volume);
    }
    return all;
}

void VolumeService::measure(std::string_view name, Reply<std::int64_t> reply) const {
    if (find(name) == nullptr)
        return reply_later<std::int64_t>(ports_.executor, std::move(reply), unknown(name));
    ports_.store.measure(std::string(name), std::move(reply));
}

// Making

Status VolumeService::check_new(const std::string& name) const {
    if (Status legal = check_name(name); !legal) return legal;
    if (!volumes_.contains(name) && !busy_.contains(name)) return {};
    Error taken = error(ErrorKind::Conflict, "an fscomp called '" + name + "' exists already");
    taken.field = "name";
    return taken;
}

void VolumeService::create(Volume wanted, Reply<Volume> reply, Along along) {
    wanted.created_at = ports_.clock.wall();
    make(wanted, std::nullopt, std::move(reply), std::move(along));
}

void VolumeService::create_of(const VolumeSnapshotKey& source, const std::string& name, Quota quota,
                              Reply<Volume> reply, Along along) {
    make({name, ports_.clock.wall(), quota_of_clone(source.volume, quota)}, source, std::move(reply),
         std::move(along));
}

std::int64_t VolumeService::quota_of_clone(std::string_view source, const Quota& quota) const {
    const auto from = volumes_.find(source);
    return quota.value_or(from == volumes_.end() ? 0 : from->second.quota);
}

Status VolumeService::check_creatable(std::string_view source, const std::string& name,
                                      const Quota& quota) const {
    Status able = room_ ? room_() : Status();
    if (able) able = check_new(name);
    if (able) able = check_quota(quota_of_clone(source, quota), 0);
    return able;
}

void VolumeService::make(const Volume& volume, const std::optional<VolumeSnapshotKey>& source,
                         Reply<Volume> reply, Along along) {
    Status allowed = room_ ? room_() : Status();
    if (allowed) allowed = check_new(volume.name);
    if (allowed) allowed = check_schedule(volume.snapshots);
    if (allowed) allowed = check_quota(volume.quota, 0);
    if (!allowed) return reply_later<Volume>(ports_.executor, std::move(reply), std::move(allowed).error());
    busy_.insert(volume.name);
    const Reply<void> made = [this, volume, reply = std::move(reply),
                              along = std::move(along)](Status status) {
        if (status) return record(volume, reply, along);
        busy_.erase(volume.name);
        reply(std::move(status).error().in("fscomp " + volume.name));
    };
    if (source) return ports_.store.clone(*source, volume.name, limited(volume, made));
    ports_.store.create(volume.name, limited(volume, made));
}

void VolumeService::record(const Volume& volume, const Reply<Volume>& reply, const Along& along) {
    auto stored = std::make_shared<bool>(false);
    auto recorded = [this, volume, stored, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        *stored = true;
        busy_.erase(volume.name);
        volumes_[volume.name] = volume;
        if (watch_) watch_(volume.name, &volume);
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    auto durable = [this, volume, stored, reply](const Status& status) {
        if (status) return reply(volume);
        Error cause = status.error();
        if (!*stored) {
            // What was made goes again; what resists is swept at the next start.
            if (Status gone = ports_.store.discard(volume.name); !gone)
                cause.message += "; " + gone.error().message;
            busy_.erase(volume.name);
        }
        reply(std::move(cause).in("fscomp " + volume.name));
    };
    std::vector<Change> changes{PutVolume{volume},
                                AppendEvent{volume_event("fscomp.created", volume, ports_.clock.wall())}};
    if (along) along.board(changes, nullptr);
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

// Removing

Status VolumeService::check_removable(std::string_view name) const {
    if (find(name) == nullptr) return unknown(name);
    const std::string what = "fscomp " + std::string(name);
    if (held_.contains(name))
        return error(ErrorKind::Conflict, what + ": a pot that mounts it is being made or changed");
    if (worked_on_.contains(name)) return being_worked_on(name);
    constexpr std::size_t most_named = 5;
    std::set<std::string> pots;
    const Uses all = uses();
    if (const auto found = all.find(name); found != all.end()) {
        for (const VolumeUse& use : found->second) pots.insert(use.pot);
    }
    if (pots.empty()) return {};
    std::string text = what + " is used by";
    std::size_t named = 0;
    for (const std::string& pot : pots) {
        if (named++ < most_named) text += " " + pot;
    }
    if (named > most_named) text += " and " + std::to_string(named - most_named) + " more";
    return error(ErrorKind::Conflict, std::move(text));
}

void VolumeService::remove(std::string_view name, Reply<void> reply, const Along& along) {
    if (Status allowed = check_removable(name); !allowed)
        return reply_later<void>(ports_.executor, std::move(reply), std::move(allowed));
    const Volume volume = volumes_.find(name)->second;
    busy_.insert(volume.name);
    // The record goes first: a crash in between leaves a tree that no volume owns, and the sweep takes it.
    forget(volume, reply, along);
}

void VolumeService::forget(const Volume& volume, const Reply<void>& reply, const Along& along) {
    auto recorded = [this, volume, along](const Result<std::vector<Event>>& result) {
        if (!result && along) along.lost();
        if (!result) return;
        volumes_.erase(volume.name);
        if (gone_) gone_(volume.name);
        if (watch_) watch_(volume.name, nullptr);
        for (const Event& event : *result) ports_.feed.publish(event);
    };
    // The files cannot come back, so they go once a power cut cannot bring back the row. After a failed sync
    // they stay, and with them the name, until the sweep of the next start.
    auto durable = [this, volume, reply](Status status) {
        if (status) status = ports_.store.discard(volume.name);
        busy_.erase(volume.name);
        reply(std::move(status).in("fscomp " + volume.name));
    };
    std::vector<Change> changes{RemoveVolume{volume.name},
                                AppendEvent{volume_event("fscomp.removed", volume, ports_.clock.wall())}};
    if (along) along.board(changes, nullptr);
    ports_.journal.commit(std::move(changes), Durability::Intent, std::move(recorded), std::move(durable));
}

// For the snapshots

Status VolumeService::begin_work(std::string_view name) {
    if (find(name) == nullptr) return unknown(name);
    if (held_.contains(name))
        return error(ErrorKind::Conflict,
                     "fscomp " + std::string(name) + ": a pot that mounts it is being made or changed");
    if (!worked_on_.emplace(name).second) return being_worked_on(name);
    return {};
}

void VolumeService::end_work(const std::string& name) {
    worked_on_.erase(name);
}

// For the pots

Status VolumeService::check_dataset_mount(const MountSpec& mount, std::size_t index) const {
    const std::string field = "mounts[" + std::to_string(index) + "].dataset";
    const Result<std::string> place = ports_.datasets.mountpoint(mount.source);
    if (place) return {};
    if (place.error().kind == ErrorKind::NotFound)
        return invalid_field(field, mount.source, "a dataset of ZFS that is mounted");
    Error refused = Error(place.error()).in(field);
    refused.field = field;
    return refused;
}

Status VolumeService::check(const std::vector<MountSpec>& mounts,
                            const std::vector<MountSpec>& present) const {
    for (std::size_t i = 0; i < mounts.size(); ++i) {
        const bool is_new = std::find(present.begin(), present.end(), mounts[i]) == present.end();
        if (mounts[i].kind == MountSpec::Kind::Dataset && is_new) {
            if (Status able = check_dataset_mount(mounts[i], i); !able) return able;
        }
        if (mounts[i].kind != MountSpec::Kind::Volume) continue;
        const std::string field = "mounts[" + std::to_string(i) + "].fscomp";
        if (find(mounts[i].source) == nullptr)
            return invalid_field(field, mounts[i].source, "an fscomp that exists");
        if (!worked_on_.contains(mounts[i].source)) continue;
        Error busy = being_worked_on(mounts[i].source);
        busy.field = field;
        return busy;
    }
    return {};
}

VolumeService::Hold VolumeService::hold(const std::vector<MountSpec>& mounts) {
    Hold names;
    for (const MountSpec& mount : mounts) {
        if (mount.kind != MountSpec::Kind::Volume) continue;
        ++held_[mount.source];
        names.push_back(mount.source);
    }
    return names;
}

void VolumeService::let_go(const Hold& hold) {
    for (const std::string& name : hold) {
        if (--held_[name] == 0) held_.erase(name);
    }
}

Result<PotSpec> VolumeService::resolved(PotSpec spec) const {
    for (MountSpec& mount : spec.mounts) {
        if (mount.kind == MountSpec::Kind::Volume) mount.source = ports_.store.path(mount.source);
        if (mount.kind != MountSpec::Kind::Dataset) continue;
        Result<std::string> place = ports_.datasets.mountpoint(mount.source);
        if (!place) return std::move(place).error().in("mount on " + mount.target);
        mount.source = *std::move(place);
    }
    return spec;
}

// Starting

Status VolumeService::recover(std::vector<Volume> stored, const std::vector<VolumeSnapshot>& snapshots) {
    std::vector<std::string> names;
    names.reserve(stored.size());
    for (const Volume& volume : stored) names.push_back(volume.name);
    std::vector<VolumeSnapshotKey> kept;
    kept.reserve(snapshots.size());
    for (const VolumeSnapshot& snapshot : snapshots) kept.push_back(snapshot.key);
    VolumeLimits limits;
    for (const Volume& volume : stored) {
        if (volume.quota != 0) limits[volume.name] = volume.quota;
    }
    Status swept = ports_.store.sweep(names, kept, limits);
    for (Volume& volume : stored) volumes_[volume.name] = std::move(volume);
    return swept;
}

}  // namespace potd::core
